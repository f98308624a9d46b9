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
import { exampleProject } from "./project";

// The real embedded AWS: moto behind the front, spoken to over HTTP by the AWS SDK.

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
  sub: exact.trusts[0]?.subject,
  exp: now() + 600,
  nbf: now() - 5,
  ...more,
});

const assume = (token: string, more: object = {}) =>
  sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: exact.arn,
      RoleSessionName: "test",
      WebIdentityToken: token,
      ...more,
    }),
  );

describe("a role's session", () => {
  test("is given for the declared service account, and its policies decide what it may do", async () => {
    const { Credentials, AssumedRoleUser } = await assume(
      aws.token("production", { namespace: "z7f3a2b1c-production", serviceAccount: "my-s3-role" }),
    );
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const config = { endpoint: aws.endpoint, region: "eu-west-3", credentials, maxAttempts: 1 };
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/my-s3-role/test");
    expect((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn).toBe(AssumedRoleUser?.Arn);
    expect((await new S3Client(config).send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
    await expect(
      new IAMClient(config).send(
        new CreateRoleCommand({ RoleName: "x", AssumeRolePolicyDocument: JSON.stringify(exact.trustPolicy) }),
      ),
    ).rejects.toMatchObject({ name: "AccessDenied" });
    expect([...aws.secrets]).toEqual(expect.arrayContaining([credentials.secretAccessKey, credentials.sessionToken]));
  });

  test("without a policy may do nothing", async () => {
    const token = aws.token("production", { namespace: "z9d8e7f6a-staging", serviceAccount: "shared-s3" });
    const { Credentials } = await assume(token, { RoleArn: pattern.arn });
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const s3 = new S3Client({ endpoint: aws.endpoint, region: "eu-west-3", credentials, maxAttempts: 1 });
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: pattern.name,
        PolicyName: "list",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
        }),
      }),
    );
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
  });
});

describe("refusals, with AWS's codes", () => {
  const stranger = new ClusterKeys(production.oidc.issuer);
  test.each<[string, () => Promise<unknown>, string, string]>([
    ["text that is no token", () => assume("not.a.token"), "InvalidIdentityTokenException", "not a valid JWT"],
    ["a token of two parts", () => assume("e30.e30"), "InvalidIdentityTokenException", "not a valid JWT"],
    ["a token too long", () => assume("x".repeat(20_001)), "ValidationError", "webIdentityToken"],
    [
      "an issuer without a provider",
      () => assume(keys().sign(claims({ iss: "https://unknown.example" }))),
      "InvalidIdentityTokenException",
      "No OpenIDConnect provider found in your account for https://unknown.example",
    ],
    [
      "a token that another key has signed",
      () => assume(stranger.sign(claims(), { alg: "RS256", kid: keys().kid })),
      "InvalidIdentityTokenException",
      "verification key",
    ],
    [
      "a key that the issuer does not have",
      () => assume(stranger.sign(claims())),
      "InvalidIdentityTokenException",
      "verification key",
    ],
    [
      "an unsigned token",
      () => assume(keys().sign(claims(), { alg: "none", kid: keys().kid })),
      "InvalidIdentityTokenException",
      "verification key",
    ],
    [
      "an expired token",
      () => assume(keys().sign(claims({ exp: now() - 1 }))),
      "ExpiredTokenException",
      "Token expired",
    ],
    [
      "a token without exp",
      () => assume(keys().sign(claims({ exp: undefined }))),
      "ExpiredTokenException",
      "Token expired",
    ],
    [
      "a token that is not valid yet",
      () => assume(keys().sign(claims({ nbf: now() + 300 }))),
      "InvalidIdentityTokenException",
      "not valid yet",
    ],
    [
      "another audience",
      () => assume(keys().sign(claims({ aud: "kubernetes" }))),
      "InvalidIdentityTokenException",
      "Incorrect token audience",
    ],
    [
      "another subject",
      () => assume(keys().sign(claims({ sub: "system:serviceaccount:z1:x" }))),
      "AccessDenied",
      "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ],
    [
      "a role that is not there",
      () => assume(keys().sign(claims()), { RoleArn: "arn:aws:iam::123456789012:role/none" }),
      "AccessDenied",
      "Not authorized",
    ],
    [
      "a role by another path",
      () => assume(keys().sign(claims()), { RoleArn: "arn:aws:iam::123456789012:role/team/my-s3-role" }),
      "AccessDenied",
      "Not authorized",
    ],
    [
      "a role of another account",
      () => assume(keys().sign(claims()), { RoleArn: "arn:aws:iam::210987654321:role/my-s3-role" }),
      "InvalidIdentityTokenException",
      "No OpenIDConnect provider",
    ],
    [
      "what is no role's ARN",
      () => assume(keys().sign(claims()), { RoleArn: "arn:aws:iam::123456789012:user/some-user" }),
      "ValidationError",
      "Request ARN is invalid",
    ],
    [
      "a session's name",
      () => assume(keys().sign(claims()), { RoleSessionName: "a b" }),
      "ValidationError",
      "roleSessionName",
    ],
    [
      "a session too long",
      () => assume(keys().sign(claims()), { DurationSeconds: 43_200 }),
      "ValidationError",
      "MaxSessionDuration",
    ],
  ])("%s", async (_, call, name, message) => {
    await expect(call()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test("a trust policy that IAM would not take", async () => {
    for (const document of [
      "{nope",
      '{"Statement":[]}',
      JSON.stringify(exact.trustPolicy).replace("StringEquals", "StringMatches"),
    ]) {
      const call = iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: exact.name, PolicyDocument: document }));
      await expect(call).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    }
  });

  test("credentials that nobody gave out", async () => {
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

  test("AssumeRoleWithWebIdentity by GET is checked like one by POST", async () => {
    const get = async (token: string) => {
      const query = new URLSearchParams({
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: exact.arn,
        RoleSessionName: "test",
        WebIdentityToken: token,
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
    "a call for another host: %s",
    async (path) => {
      const [response] = await once(get({ port: new URL(aws.endpoint).port, path }), "response");
      expect([response.statusCode, await text(response)]).toEqual([400, expect.stringContaining("InvalidURI")]);
    },
  );

  test("what is not AWS's is not found", async () => {
    expect((await fetch(`${aws.endpoint}/_local/web-identity?role=x&provider=x`)).status).toBe(404);
    expect((await fetch(`${aws.endpoint}/_local/clusters/none/token`, { method: "POST", body: "{}" })).status).toBe(
      404,
    );
  });
});

/** `IRSA_TOKENS=1000 npm test -- front` sends as many. */
const TOKENS = Number(process.env.IRSA_TOKENS ?? 150);

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
      // The self-managed cluster's provider is not deployed here, so that STS knows none of its tokens.
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
