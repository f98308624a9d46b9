import { generateKeyPairSync } from "node:crypto";
import { LocalAws } from "../../local/aws";
import { ClusterKeys } from "../../local/cluster-keys";
import { requestToken } from "../../local/token-request";
import { exampleProject } from "./project";

const project = exampleProject();

test("rejects a configuration with two accounts", async () => {
  const [one, two] = project.clusters;
  if (!one || !two) throw new Error("two clusters are needed");
  const call = LocalAws.start({ project: { ...project, clusters: [one, { ...two, accountId: "210987654321" }] } });
  await expect(call).rejects.toThrow("the clusters are in 2 (123456789012, 210987654321)");
});

test("leaves nothing running if the port is in use", async () => {
  const first = await LocalAws.start({ project });
  const port = Number(new URL(first.endpoint).port);
  await expect(LocalAws.start({ project, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.stop();
  const second = await LocalAws.start({ project, port });
  await second.stop();
}, 30_000);

test("signs tokens for the clusters of the configuration, except those with given keys", async () => {
  const issuer = project.clusters[0]?.oidc.issuer ?? "";
  const jwks = new Map([[issuer, await new ClusterKeys(issuer).jwks()]]);
  const aws = await LocalAws.start({ project, jwks });
  const identity = { namespace: "z1", serviceAccount: "a" };
  const token = await requestToken(aws.endpoint, "self-managed", identity);
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toMatchObject({
    aud: ["sts.amazonaws.com"],
    sub: "system:serviceaccount:z1:a",
    "kubernetes.io": { namespace: "z1", serviceaccount: { name: "a" } },
  });
  // The demo searches its files for every secret.
  expect(aws.secrets).toContain(token);
  await expect(requestToken(aws.endpoint, "production", identity)).rejects.toThrow(
    "signs no tokens of cluster production",
  );
  await expect(aws.token("production", identity)).rejects.toThrow("signed outside the embedded AWS");
  const { endpoint } = aws;
  await aws.stop();
  await expect(requestToken(endpoint, "self-managed", identity)).rejects.toThrow("npm run local-aws");
}, 30_000);

test("the public keys contain no private part", async () => {
  const [jwk] = await new ClusterKeys("https://issuer.example").jwks();
  const secret = Object.keys(
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
  ).filter((key) => !["kty", "n", "e"].includes(key));
  for (const key of secret) expect(jwk).not.toHaveProperty(key);
});
