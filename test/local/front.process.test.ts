import { once } from "node:events";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import type { Cluster, Role } from "../../config/project";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { clientConfig, LocalAws } from "../../local/aws";
import { ClusterKeys } from "../../local/cluster-keys";
import { FULL } from "../test-if";
import { exampleProject } from "./project";

// The embedded AWS as a whole: moto behind the front, called by the AWS SDK over HTTP.

const project = exampleProject();
const production = project.clusters[0] as Cluster;
const [exact, pattern] = production.roles as [Role, Role];
let aws: LocalAws;
let iam: IAMClient;
let sts: STSClient;

beforeAll(async () => {
  aws = await LocalAws.start({ project });
  iam = new IAMClient(clientConfig(aws.environment));
  sts = new STSClient({ endpoint: aws.endpoint, region: "eu-west-3", maxAttempts: 1 });
  for (const role of [exact, pattern]) {
    await iam.send(
      new CreateRoleCommand({ RoleName: role.name, AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy) }),
    );
  }
  await iam.send(
    new AttachRolePolicyCommand({ RoleName: exact.name, PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
  );
}, 60_000);

afterAll(async () => {
  iam.destroy();
  sts.destroy();
  await aws.stop();
});

const keys = (cluster = "production") => aws.clusters.get(cluster) as ClusterKeys;
const now = () => Math.floor(Date.now() / 1000);
const claims = (more: object = {}) => ({
  iss: production.oidc.issuer,
  aud: ["sts.amazonaws.com"],
  sub: exact.trusts[0]?.subjects[0],
  exp: now() + 600,
  nbf: now() - 5,
  ...more,
});

const assume = async (token: string | Promise<string>, more: object = {}) =>
  sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: exact.arn,
      RoleSessionName: "test",
      WebIdentityToken: await token,
      ...more,
    }),
  );

/** The settings of a client with a session's credentials. */
async function asRole(token: Promise<string>, roleArn: string) {
  const { Credentials, AssumedRoleUser } = await assume(token, { RoleArn: roleArn });
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  return {
    arn: AssumedRoleUser?.Arn,
    config: { endpoint: aws.endpoint, region: "eu-west-3", credentials, maxAttempts: 1 },
  };
}

describe("a session of a role", () => {
  test("is issued to the declared service account, with the permissions of the role's policies only", async () => {
    const identity = { namespace: "z7f3a2b1c-production", serviceAccount: "my-s3-role" };
    const { arn, config } = await asRole(aws.token("production", identity), exact.arn);
    expect(arn).toBe("arn:aws:sts::123456789012:assumed-role/my-s3-role/test");
    expect((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn).toBe(arn);
    expect((await new S3Client(config).send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
    const document = JSON.stringify(exact.trustPolicy);
    const creation = new CreateRoleCommand({ RoleName: "x", AssumeRolePolicyDocument: document });
    await expect(new IAMClient(config).send(creation)).rejects.toMatchObject({ name: "AccessDenied" });
    const { secretAccessKey, sessionToken } = config.credentials;
    expect([...aws.secrets]).toEqual(expect.arrayContaining([secretAccessKey, sessionToken]));
  });

  test("has no permission before a policy is added", async () => {
    const token = aws.token("production", { namespace: "z9d8e7f6a-staging", serviceAccount: "shared-s3" });
    const s3 = new S3Client((await asRole(token, pattern.arn)).config);
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    const statement = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: pattern.name,
        PolicyName: "list",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
  });
});

describe("STS refuses with the codes of AWS", () => {
  const stranger = new ClusterKeys(production.oidc.issuer);
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = async () => {
    const [, body, signature] = (await keys().sign(claims())).split(".");
    return [encoded({ alg: "none", kid: keys().kid }), body, signature].join(".");
  };
  const signed = (more: object) => () => keys().sign(claims(more));
  const valid = signed({});
  const [INVALID, VALIDATION, DENIED] = ["InvalidIdentityTokenException", "ValidationError", "AccessDenied"];

  test.each<[string, () => string | Promise<string>, object, string | undefined, string]>([
    ["text that is not a token", () => "not.a.token", {}, INVALID, "not a valid JWT"],
    ["a token of two parts", () => "e30.e30", {}, INVALID, "not a valid JWT"],
    [
      "a token without a signature",
      () => `${encoded({ alg: "none" })}.${encoded(claims())}.`,
      {},
      INVALID,
      "not a valid JWT",
    ],
    ["a token without an issuer", signed({ iss: undefined }), {}, INVALID, "not a valid JWT"],
    ["a token that is too long", () => "x".repeat(20_001), {}, VALIDATION, "webIdentityToken"],
    [
      "an issuer without a provider",
      signed({ iss: "https://unknown.example" }),
      {},
      INVALID,
      "https://unknown.example",
    ],
    ["a token signed with a different key", () => stranger.sign(claims(), keys().kid), {}, INVALID, "verification key"],
    ["a key that the issuer does not have", () => stranger.sign(claims()), {}, INVALID, "verification key"],
    ["a token with the algorithm none", unsigned, {}, INVALID, "verification key"],
    ["an expired token", () => signed({ exp: now() - 1 })(), {}, "ExpiredTokenException", "Token expired"],
    ["a token without exp", signed({ exp: undefined }), {}, "ExpiredTokenException", "Token expired"],
    ["a token that is not valid yet", () => signed({ nbf: now() + 300 })(), {}, INVALID, "not valid yet"],
    ["a different audience", signed({ aud: "kubernetes" }), {}, INVALID, "Incorrect token audience"],
    ["a different subject", signed({ sub: "system:serviceaccount:z1:x" }), {}, DENIED, "sts:AssumeRoleWithWebIdentity"],
    ["a role that does not exist", valid, { RoleArn: "arn:aws:iam::123456789012:role/none" }, DENIED, "Not authorized"],
    [
      "a role with a different path",
      valid,
      { RoleArn: "arn:aws:iam::123456789012:role/team/my-s3-role" },
      DENIED,
      "Not authorized",
    ],
    [
      "a role of a different account",
      valid,
      { RoleArn: "arn:aws:iam::210987654321:role/my-s3-role" },
      INVALID,
      "No OpenIDConnect provider",
    ],
    [
      "the ARN of a user",
      valid,
      { RoleArn: "arn:aws:iam::123456789012:user/some-user" },
      VALIDATION,
      "Request ARN is invalid",
    ],
    ["a session name with a space", valid, { RoleSessionName: "a b" }, VALIDATION, "roleSessionName"],
    ["a session that is too long", valid, { DurationSeconds: 43_200 }, VALIDATION, "MaxSessionDuration"],
  ])("%s", async (_, token, request, name, message) => {
    await expect(assume(token(), request)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test("a trust policy that IAM does not accept", async () => {
    for (const document of [
      "{nope",
      '{"Statement":[]}',
      JSON.stringify(exact.trustPolicy).replace("StringEquals", "StringMatches"),
    ]) {
      const call = iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: exact.name, PolicyDocument: document }));
      await expect(call).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    }
  });

  test("credentials that STS did not issue", async () => {
    const s3 = new S3Client({
      endpoint: aws.endpoint,
      region: "eu-west-3",
      maxAttempts: 1,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" },
    });
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  });

  test.each([
    ["/?Action=GetCallerIdentity&Version=2011-06-15", "MissingAuthenticationToken"],
    ["/", "AccessDenied"],
  ])("a call without a signature: %s", async (path, code) => {
    const response = await fetch(aws.endpoint + path);
    expect([response.status, response.headers.get("content-type")]).toEqual([403, "text/xml"]);
    expect(await response.text()).toContain(`<Code>${code}</Code>`);
  });

  test("AssumeRoleWithWebIdentity by GET, with the same checks as by POST", async () => {
    const get = async (signing: Promise<string>) => {
      const query = new URLSearchParams({
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: exact.arn,
        RoleSessionName: "test",
        WebIdentityToken: await signing,
      });
      const response = await fetch(`${aws.endpoint}/?${query}`);
      return [response.status, await response.text()];
    };
    expect(await get(keys().sign(claims()))).toEqual([200, expect.stringContaining("<SessionToken>")]);
    expect(await get(keys().sign(claims({ aud: "x" })))).toEqual([
      400,
      expect.stringContaining("<Code>InvalidIdentityToken</Code>"),
    ]);
  });

  test.each(["http://127.0.0.1:9/", "//127.0.0.1:9/", "http://127.0.0.1:9/_local/web-identity?role=x&provider=x"])(
    "a call to a different host: %s",
    async (path) => {
      const [response] = await once(get({ port: new URL(aws.endpoint).port, path }), "response");
      expect([response.statusCode, await text(response)]).toEqual([400, expect.stringContaining("InvalidURI")]);
    },
  );

  test("a path that does not exist", async () => {
    expect((await fetch(`${aws.endpoint}/_local/web-identity?role=x&provider=x`)).status).toBe(404);
    expect((await fetch(`${aws.endpoint}/_local/clusters/none/token`, { method: "POST", body: "{}" })).status).toBe(
      404,
    );
  });
});

const TOKENS = FULL ? 1000 : 150;

test(`the front and the evaluator agree on ${TOKENS} tokens`, async () => {
  const near = (text: string) =>
    fc.constantFrom(
      text,
      text,
      text,
      text,
      text,
      `${text}x`,
      `x${text}`,
      text.slice(1),
      text.toUpperCase(),
      "z*",
      "kube-system",
      "*",
    );
  const token = fc.record({
    role: fc.constantFrom(exact, pattern),
    cluster: fc.constantFrom("production", "production", "production", "self-managed"),
    namespace: near("z7f3a2b1c-production"),
    account: fc.oneof(near("my-s3-role"), near("shared-s3")),
    aud: fc.constantFrom<unknown>(
      ["sts.amazonaws.com"],
      ["sts.amazonaws.com"],
      "sts.amazonaws.com",
      ["x", "sts.amazonaws.com"],
      "x",
    ),
  });
  const outcomes = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(token, async ({ role, cluster, namespace, account, aud }) => {
      const issuer = keys(cluster).issuer;
      const sub = serviceAccountSubject(namespace, account);
      const providerArn = `arn:aws:iam::123456789012:oidc-provider/${issuer.slice("https://".length)}`;
      const decision = evaluateTrustPolicy(role.trustPolicy, {
        providerArn,
        context: webIdentityContext(issuer, { sub, aud }),
      });
      // The OIDC provider of the self-managed cluster is not deployed, so STS accepts none of its tokens.
      const expected = decision.outcome === "allow" && cluster === "production";
      const given = await assume(keys(cluster).sign(claims({ iss: issuer, sub, aud })), { RoleArn: role.arn }).then(
        () => true,
        () => false,
      );
      outcomes.add(given);
      expect(given).toBe(expected);
    }),
    { numRuns: TOKENS },
  );
  expect(outcomes).toEqual(new Set([true, false]));
}, 300_000);
