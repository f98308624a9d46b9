import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { oidcProviderArn } from "../../iam/arn";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import type { Conditions, PolicyDocument } from "../../iam/policy-types";
import { Aws } from "../../verifier/aws/calls";
import { type Options, parseOptions } from "../../verifier/pod/options";
import { runVerifier } from "../../verifier/run";
import { FULL } from "../test-if";
import { INJECTED, ISSUER, NOW, pod, ROLE, SUBJECT } from "./pod";

// `--expect denied` in generated worlds: isolation is never proven if the pod's token can assume the role.

const RUNS = FULL ? 5000 : 100;
const PROVIDER = oidcProviderArn("aws", "123456789012", ISSUER);
const HOST = ISSUER.slice("https://".length);
/** Session names that SDKs generate if AWS_ROLE_SESSION_NAME is not set, as CloudTrail shows them. */
const GENERATED = [
  ...["aws-sdk-js-session-1764064800000", "botocore-session-1764064800", "aws-sdk-java-1764064800123"],
  ...["token-file-web-identity", "1764064800123456789", "aws-sdk-php-1764064800123", "aws-sdk-kotlin-1764064800123"],
  ...["web-identity-token-1764064800123", "0b0e6f2c-58f1-4d6e-9a53-1d0c7b4e8f26"],
  ...["0B0E6F2C-58F1-4D6E-9A53-1D0C7B4E8F26", "MGIwZTZmMmMtNThmMS00ZDZlLTlhNTMtMWQwYzdiNGU4ZjI2"],
];

/** What the account, the cluster and the user do. */
interface World {
  readonly trust: PolicyDocument;
  /** AWS_ROLE_SESSION_NAME. */
  readonly sessionName: string | undefined;
  /** Other variables of the service. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether AWS_ENDPOINT_URL redirects STS to an endpoint that denies every call. */
  readonly redirected: boolean;
  readonly allowEndpoint: boolean;
  /** Another policy that denies the call, as AWS names the policy in the error message. */
  readonly otherLayer: string | undefined;
  /** What happens to each call; STS answers if it is undefined. */
  readonly noise: readonly (Noise | undefined)[];
  /** The part of `--wait` after which the trust policy applies. Until then every call is denied. */
  readonly propagation: number;
  readonly waitSeconds: number;
}
type Noise = keyof typeof NOISE | "hangs" | "resets" | "ends";

const DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
const stsError = (code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
const ISSUED = (name: string) =>
  `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/my-s3-role/${name}</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const NOISE = {
  throttled: [400, stsError("Throttling", "Rate exceeded")],
  failing: [500, stsError("InternalFailure", "again")],
  unavailable: [503, ""],
  foreign: [403, "<html><body>Access Denied</body></html>"],
  portal: [200, "<html><body>Log in</body></html>"],
  garbage: [403, "\u0000\ufffd<ErrorResponse><Error><Code>AccessDenied"],
  redirecting: [302, ""],
  denied: [403, stsError("AccessDenied", DENIED)],
} as const;

const conditions: fc.Arbitrary<Conditions> = fc
  .tuple(
    fc.constantFrom<Conditions>(
      {},
      { StringEquals: { [`${HOST}:sub`]: SUBJECT } },
      { StringEquals: { [`${HOST}:sub`]: "system:serviceaccount:z2-other:worker" } },
      { StringLike: { [`${HOST}:sub`]: "system:serviceaccount:z*:my-s3-role" } },
      { StringEquals: { [`${HOST}:sub`]: SUBJECT, [`${HOST}:aud`]: "sts.amazonaws.com" } },
      { StringEquals: { [`${HOST}:aud`]: "sts.amazonaws.com " } },
    ),
    fc.constantFrom<Conditions>(
      {},
      {},
      { StringNotEquals: { "sts:RoleSessionName": "qovery-irsa-verifier" } },
      { StringLike: { "sts:RoleSessionName": "app-*" } },
      { StringLike: { "sts:RoleSessionName": ["aws-sdk-*", "app-1", "botocore-*"] } },
      { StringLike: { "sts:RoleSessionName": "????????-????-4???-????-????????????" } },
      ...[
        "token-file-*",
        "web-identity-token-*",
        "aws-sdk-php-*",
        "aws-sdk-kotlin-*",
        `1${"?".repeat(18)}`,
        "?".repeat(48),
      ].map((name): Conditions => ({ StringLike: { "sts:RoleSessionName": name } })),
    ),
  )
  .map(([subject, session]) => ({
    ...subject,
    ...session,
    ...(subject.StringLike && session.StringLike
      ? { StringLike: { ...subject.StringLike, ...session.StringLike } }
      : {}),
  }));
const statement = fc.record({
  Effect: fc.constantFrom("Allow" as const, "Allow" as const, "Allow" as const, "Deny" as const),
  Principal: fc.constantFrom<{ Federated: string }>(
    { Federated: PROVIDER },
    { Federated: PROVIDER },
    { Federated: "x" },
  ),
  Action: fc.constantFrom("sts:AssumeRoleWithWebIdentity", "sts:*"),
  Condition: conditions,
});
const kind = fc.constantFrom<Noise>(...(Object.keys(NOISE) as Noise[]), "hangs", "resets", "ends");
const world: fc.Arbitrary<World> = fc.record({
  trust: fc
    .array(statement, { minLength: 1, maxLength: 2 })
    .map((Statement): PolicyDocument => ({ Version: "2012-10-17", Statement })),
  sessionName: fc.constantFrom(undefined, undefined, "app-1", "qovery-irsa-verifier", "not valid/"),
  variables: fc.constantFrom<Readonly<Record<string, string>>>(
    {},
    { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" },
    { AWS_PROFILE: "production" },
  ),
  redirected: fc.constantFrom(false, false, false, true),
  allowEndpoint: fc.boolean(),
  otherLayer: fc.constantFrom(
    ...[undefined, undefined, undefined, "with an explicit deny"],
    ...["with an explicit deny in a service control policy", "with an explicit deny in a session policy"],
    ...["because no resource control policy allows the sts:AssumeRoleWithWebIdentity action"],
    ...["because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action"],
  ),
  noise: fc.oneof(
    fc.constant([]),
    fc.array(fc.option(kind, { freq: 1, nil: undefined }), { maxLength: 3 }),
    fc.array(fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: kind }), {
      maxLength: 90,
    }),
  ),
  propagation: fc.constantFrom(0, 0, 0.3, 0.8, 1),
  waitSeconds: fc.constantFrom(0, 5, 20),
});

function admits({ trust }: World, sessionName: string): boolean {
  const context = webIdentityContext(ISSUER, { sub: SUBJECT, aud: "sts.amazonaws.com" }, sessionName);
  return evaluateTrustPolicy(trust, { providerArn: PROVIDER, context }).outcome === "allow";
}

/** Whether an application in the pod assumes the role, if no other policy denies the call. */
function isAssumable(given: World): boolean {
  const valid = given.sessionName !== undefined && /^[\w+=,.@-]{2,64}$/.test(given.sessionName);
  return (valid ? [given.sessionName as string] : GENERATED).some((name) => admits(given, name));
}

let server: Server;
let current: World;
let now = NOW;
let calls = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const noise = noiseOf(current);
      if (noise === "hangs") return;
      if (noise === "resets") return void request.socket.resetAndDestroy();
      if (noise === "ends")
        return void request.socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 900\r\n\r\n<ErrorResponse>");
      const name = new URLSearchParams(body).get("RoleSessionName") ?? "";
      const [status, text] = noise === undefined ? answer(current, name) : NOISE[noise];
      response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": "r" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function elapsed(): number {
  return (now - NOW) / 1000;
}

function noiseOf({ noise, waitSeconds, redirected }: World): Noise | undefined {
  const next = redirected ? undefined : noise[calls++];
  // The last try decides, so a denial there must be the trust policy's.
  return next === "denied" && elapsed() >= waitSeconds ? undefined : next;
}

function answer(given: World, sessionName: string): readonly [number, string] {
  if (given.redirected || elapsed() < given.propagation * given.waitSeconds) return NOISE.denied;
  if (given.otherLayer) return [403, stsError("AccessDenied", `${DENIED} ${given.otherLayer}`)];
  return admits(given, sessionName) ? [200, ISSUED(sessionName)] : NOISE.denied;
}

async function isProven(given: World): Promise<boolean> {
  [current, now, calls] = [given, NOW, 0];
  const { sessionName, redirected, allowEndpoint, waitSeconds, variables } = given;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    ...INJECTED,
    ...variables,
    ...(sessionName === undefined ? {} : { AWS_ROLE_SESSION_NAME: sessionName }),
    ...(redirected ? { AWS_ENDPOINT_URL: endpoint } : {}),
  };
  // An endpoint that the caller allows is honest.
  const allow = allowEndpoint && !redirected ? ["--allow-endpoint"] : [];
  const timeout = given.noise.includes("hangs") ? ["--timeout", "150ms"] : [];
  const args = ["--expect", "denied", "--role-arn", ROLE, "--wait", `${waitSeconds}s`, ...allow, ...timeout];
  const report = await runVerifier({
    pod: { ...pod(env), now: () => now },
    options: parseOptions(args, {}) as Options,
    version: "1.0.0",
    stop: new AbortController().signal,
    connect: async (region, signal) => new Aws(region, signal, { ...env, AWS_ENDPOINT_URL: endpoint }),
    uptime: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    random: () => 1,
  });
  return report.exitCode === 0;
}

test(`isolation is proven in none of ${RUNS} worlds in which the token can assume the role`, async () => {
  let assumable = 0;
  await fc.assert(
    fc.asyncProperty(world.filter(isAssumable), async (given) => {
      assumable++;
      expect(await isProven(given)).toBe(false);
    }),
    { numRuns: RUNS, seed: 20_261_125 },
  );
  expect(assumable).toBeGreaterThanOrEqual(RUNS);
}, 900_000);

test("isolation is proven in a world without noise that denies the token", async () => {
  const quiet = world
    .filter((given) => !isAssumable(given) && !given.redirected)
    .map((given): World => ({ ...given, noise: [], otherLayer: undefined, variables: {}, sessionName: undefined }));
  const denied = quiet.filter((given) => !isAssumable(given) && !admits(given, "qovery-irsa-verifier"));
  for (const given of fc.sample(denied, { numRuns: 20, seed: 1 })) expect(await isProven(given)).toBe(true);
}, 60_000);
