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
/** Session names that SDKs generate if AWS_ROLE_SESSION_NAME is not set. */
const GENERATED = ["aws-sdk-js-session-1764064800000", "botocore-session-1764064800"];

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
  /** What happens to the first calls. */
  readonly noise: readonly Noise[];
  /** The part of `--wait` after which the trust policy applies. Until then every call is denied. */
  readonly propagation: number;
  readonly waitSeconds: number;
}
type Noise = keyof typeof NOISE;

const DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
const stsError = (code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
const ISSUED = (name: string) =>
  `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/my-s3-role/${name}</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const NOISE = {
  throttled: [400, stsError("Throttling", "Rate exceeded")],
  failing: [500, stsError("InternalFailure", "again")],
  foreign: [403, "<html><body>Access Denied</body></html>"],
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
  noise: fc.array(fc.constantFrom(...(Object.keys(NOISE) as Noise[])), { maxLength: 2 }),
  propagation: fc.constantFrom(0, 0, 0.3, 0.8, 0.95),
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
      const name = new URLSearchParams(body).get("RoleSessionName") ?? "";
      const [status, text] = answer(current, name);
      response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": "r" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answer(given: World, sessionName: string): readonly [number, string] {
  const noise = given.noise[calls++];
  // Without `--wait`, a denial that lasts for one call proves isolation at that moment.
  const passing = noise === "denied" && given.waitSeconds === 0;
  if (noise !== undefined && !passing && !given.redirected) return NOISE[noise];
  // The last try begins half a second before the end of `--wait`.
  const applies = (now - NOW) / 1000 >= Math.min(given.propagation * given.waitSeconds, given.waitSeconds - 0.6);
  if (given.redirected || !applies) return NOISE.denied;
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
  const args = ["--expect", "denied", "--role-arn", ROLE, "--wait", `${waitSeconds}s`, ...allow];
  const report = await runVerifier({
    pod: { ...pod(env), now: () => now },
    options: parseOptions(args, {}) as Options,
    version: "1.0.0",
    stop: new AbortController().signal,
    connect: async (region, signal) => new Aws(region, signal, { ...env, AWS_ENDPOINT_URL: endpoint }),
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
