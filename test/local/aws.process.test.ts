import { generateKeyPairSync } from "node:crypto";
import { CreateRoleCommand, IAMClient, ListOpenIDConnectProvidersCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Cluster } from "../../config/project";
import { clientConfig, LocalAws } from "../../local/aws";
import { ClusterKeys } from "../../local/cluster-keys";
import { requestToken } from "../../local/token-request";
import { exampleProject } from "./project";

const project = exampleProject();

test("each account has its administrator, providers and roles, and each partition its ARNs", async () => {
  const [one, two] = project.clusters as [Cluster, Cluster];
  const other: Cluster = {
    ...one,
    accountId: "210987654321",
    name: "other",
    partition: "aws-cn",
    region: "cn-north-1",
  };
  const aws = await LocalAws.start({ project: { ...project, clusters: [one, two, other] } });
  const found: unknown[] = [];
  for (const environment of aws.environments.values()) {
    const config = clientConfig(environment);
    const [iam, sts] = [new IAMClient(config), new STSClient(config)];
    // The header by which the front names the account to moto: a caller cannot choose an account.
    sts.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, { "x-moto-account-id": "111111111111" });
        return next(args);
      },
      { step: "build" },
    );
    await iam.send(
      new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: JSON.stringify(one.roles[0]?.trustPolicy) }),
    );
    found.push([
      (await sts.send(new GetCallerIdentityCommand({}))).Account,
      ((await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList ?? []).map(
        ({ Arn }) => Arn,
      ),
      ((await iam.send(new ListRolesCommand({}))).Roles ?? []).map(({ Arn }) => Arn),
    ]);
    iam.destroy();
    sts.destroy();
  }
  // Both files of the cluster have its issuer, so its tokens have one signer.
  expect(aws.clusters.get("other")).toBe(aws.clusters.get(one.name));
  await aws.stop();
  const host = one.oidc.issuer.slice("https://".length);
  expect(found).toEqual([
    ["123456789012", [`arn:aws:iam::123456789012:oidc-provider/${host}`], ["arn:aws:iam::123456789012:role/app"]],
    ["210987654321", [`arn:aws-cn:iam::210987654321:oidc-provider/${host}`], ["arn:aws-cn:iam::210987654321:role/app"]],
  ]);
}, 60_000);

test("leaves nothing running if the port is in use", async () => {
  const first = await LocalAws.start({ project });
  const port = Number(new URL(first.endpoint).port);
  await expect(LocalAws.start({ project, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.stop();
  const second = await LocalAws.start({ project, port });
  await second.stop();
}, 60_000);

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
