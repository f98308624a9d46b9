import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, fault } from "../../local/faults/fault";
import { FAULTS } from "../../local/faults/faults";
import { inSituation, inSituations, type Situation, startWorld, type World } from "../../local/faults/world";
import { type ContainerTool, containerTool } from "../../packaging/container";
import { FULL, testIf } from "../test-if";
import { type Ended, run } from "./process";
import { expectVerdict, flagsOf } from "./verdict";

// The image, with the core of the corpus, under the limits that a hardened cluster sets.

const tool = FULL ? containerTool() : undefined;
const testImage = testIf(
  tool !== undefined,
  FULL ? "needs Docker, Podman or CONTAINER_TOOL" : "builds an image; runs with FULL=1",
);

const TAG = "qovery-irsa-verifier:test";
const LIMITS = ["--memory", "32m", "--read-only", "--cap-drop", "all"];
const STRANGER = ["--user", "12345"];
const CORE = FAULTS.filter(({ core }) => core);
const ROLE = "arn:aws:iam::123456789012:role/my-s3-role";

let world: World;
let folder: string;
let outcomes: ReadonlyMap<string, Ended | Error>;

beforeAll(async () => {
  if (!tool) return;
  folder = mkdtempSync(join(tmpdir(), "image-"));
  tool.build({ tag: TAG });
  world = await startWorld();
  outcomes = await inSituations(world, CORE, { atOnce: 2, recovers: true }, inImage(STRANGER));
}, 900_000);

afterAll(async () => {
  await world?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const start = (options: readonly string[], args: readonly string[]) =>
  run((tool as ContainerTool).command(options, TAG, args), { env: process.env });

/** Runs the image instead of the executable, with the token's folder at the path that the environment names. */
function inImage(options: readonly string[]) {
  return ({ env, folder: tokenFolder }: Situation, staged: Fault): Promise<Ended> => {
    const { PATH: _, ...variables } = env;
    const settings = Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const mount = ["--volume", `${tokenFolder}:${tokenFolder}:ro`];
    return start([...LIMITS, ...options, ...mount, ...settings], flagsOf(staged));
  };
}

async function expectInImage(staged: Fault, ...options: string[]): Promise<void> {
  expectVerdict(staged, await inSituation(world, staged, true, (situation) => inImage(options)(situation, staged)));
}

for (const staged of CORE) testImage(staged.situation, () => expectVerdict(staged, outcomes.get(staged.situation)));

testImage("no secret is in the output of the image", () => {
  const all = [...outcomes.values()].map((ended) => JSON.stringify(ended)).join("\n");
  for (const secret of world.aws.secrets) expect(all.includes(secret)).toBe(false);
});

const PROVEN = fault(null, 0, "the pod has no fault");

testImage("the image's user proves access", () => expectInImage(PROVEN));

testImage("Qovery's output and the termination message are written", async () => {
  const [output, log] = [join(folder, "output"), join(folder, "log")];
  mkdirSync(output);
  chmodSync(output, 0o777);
  writeFileSync(log, "");
  chmodSync(log, 0o666);
  const mounts = ["--volume", `${output}:/qovery-output`, "--volume", `${log}:/dev/termination-log`];
  await expectInImage(PROVEN, ...STRANGER, ...mounts);
  expect(JSON.parse(readFileSync(join(output, "qovery-output.json"), "utf8")).IRSA_VERDICT.value).toBe("proven");
  expect(readFileSync(log, "utf8")).toMatch(/^proven: /);
});

testImage("a read-only output and termination message change nothing", async () => {
  const [output, log] = [join(folder, "output-ro"), join(folder, "log-ro")];
  mkdirSync(output);
  writeFileSync(log, "");
  const mounts = ["--volume", `${output}:/qovery-output:ro`, "--volume", `${log}:/dev/termination-log:ro`];
  await expectInImage(PROVEN, ...STRANGER, ...mounts);
  expect(readFileSync(log, "utf8")).toBe("");
});

testImage("QV101 names the service account if the API token is mounted", async () => {
  const file = join(folder, "api-token");
  writeFileSync(file, await world.aws.token("sample", { namespace: "z1-prod", serviceAccount: "default" }));
  const path = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  const shows = "system:serviceaccount:z1-prod:default";
  const staged = fault("QV101", 1, "the API token is mounted", { annotation: null, shows });
  await expectInImage(staged, ...STRANGER, "--volume", `${file}:${path}:ro`);
});

testImage("QV202 names the user if the token belongs to another user", async () => {
  const file = join(folder, "root-token");
  writeFileSync(file, "token", { mode: 0o600 });
  const variables = { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: "/token" };
  const staged = fault("QV202", 1, "the token is root's", { variables, shows: ["/token", "12345", "EACCES"] });
  await expectInImage(staged, ...STRANGER, "--volume", `${file}:/token:ro`);
});

const OFFLINE = [
  fault("QV501", 3, "AWS's names do not resolve", {
    variables: { AWS_ENDPOINT_URL: "" },
    shows: "sts.eu-west-3.amazonaws.com",
  }),
  fault("QV502", 3, "an address cannot be reached", {
    variables: { AWS_ENDPOINT_URL: "https://127.0.0.1:4443" },
    shows: "127.0.0.1",
  }),
];
for (const staged of OFFLINE) {
  testImage(`without a network ${staged.situation}`, () => expectInImage(staged, ...STRANGER, "--network", "none"));
}

testImage("the image has no shell, does not run as root, and keeps its size", async () => {
  expect((await start(["--entrypoint", "/bin/sh"], ["-c", "true"])).code).toBe(127);
  const file = join(folder, "closed-token");
  writeFileSync(file, "token", { mode: 0o600 });
  const variables = { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: "/token" };
  const closed = fault("QV202", 1, "the token is root's", { variables, shows: ["/token", "65532", "EACCES"] });
  await expectInImage(closed, "--volume", `${file}:/token:ro`);
  expect((await start(LIMITS, ["--version"])).stdout).toMatch(/^verifier \d/);
  expect((tool as ContainerTool).size(TAG)).toBeLessThanOrEqual(52_000_000);
});
