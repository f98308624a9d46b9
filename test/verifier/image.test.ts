import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ContainerTool, containerTool } from "../../local/container";
import { expectVerdict } from "./corpus/expect-verdict";
import type { Fault } from "./corpus/fault";
import { FAULTS } from "./corpus/faults";
import { connection, FIX } from "./corpus/fixes";
import { type Outcome, type Runner, run, runFault, severalAtOnce } from "./corpus/run";
import { startWorld, type World } from "./corpus/world";

// The image as a registry would hold it, and the corpus's core in it under the limits that a careful cluster sets.

const tool = containerTool();

if (tool) {
  describe(`the image, by ${tool.name}`, () => imageTests(tool));
} else {
  console.warn("left out: the image. It needs Docker, or the offline builder beside this checkout; neither is here");
  test.skip("the image is left out: neither Docker nor the offline builder is here", () => {});
}

function imageTests(tool: ContainerTool): void {
  const TAG = "qovery-irsa-verifier:test";
  const BASE = "gcr.io/distroless/cc-debian12:nonroot";
  const LIMITS = ["--memory", "32m", "--read-only", "--cap-drop", "all"];
  const STRANGER = ["--user", "12345"];
  /** A container takes longer to start than a process, and more so while another one does. Milliseconds. */
  const START = 20_000;
  const CORE = FAULTS.filter(({ core }) => core);

  let world: World;
  let folder: string;
  const outcomes = new Map<string, Outcome | Error>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "image-"));
    tool.build(TAG);
    world = await startWorld();
    await severalAtOnce(CORE, 2, async (fault) => {
      outcomes.set(fault.situation, await runFault(world, fault, inImage(STRANGER)).catch((error: Error) => error));
    });
  }, 900_000);

  afterAll(async () => {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the image instead of the executable, with the fault's folder where the environment says. */
  function inImage(options: readonly string[]): Runner {
    return (args, { env, folder: faultFolder }) => {
      const { PATH: _, ...variables } = env;
      const settings = Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
      const mount = ["--volume", `${faultFolder}:${faultFolder}:ro`];
      return run(tool.command([...LIMITS, ...options, ...mount, ...settings], TAG, args), process.env);
    };
  }

  async function holds(fault: Fault, options: readonly string[]): Promise<void> {
    expectVerdict(fault, await runFault(world, fault, inImage(options)), START);
  }

  test.each(CORE)("$situation", (fault) => {
    const outcome = outcomes.get(fault.situation) ?? new Error("it was not run");
    if (outcome instanceof Error) throw outcome;
    expectVerdict(fault, outcome, START);
  });

  test("the core is of some size, and no secret is in what it says", () => {
    expect(CORE.length).toBeGreaterThanOrEqual(20);
    const all = [...outcomes.values()].map((outcome) => (outcome instanceof Error ? "" : outcome.stdout)).join("\n");
    expect(all.length).toBeGreaterThan(10_000);
    for (const secret of world.aws.secrets) expect(all).not.toContain(secret);
  });

  const proven = (situation: string): Fault => ({ situation, code: null, exit: 0 });

  describe("where all is as it should be", () => {
    test("its own user proves access", () => holds(proven("the image's own user"), []));

    test("Qovery's output and the termination log are written", async () => {
      const [output, log] = [join(folder, "output"), join(folder, "log")];
      mkdirSync(output);
      chmodSync(output, 0o777);
      writeFileSync(log, "");
      chmodSync(log, 0o666);
      const mounts = ["--volume", `${output}:/qovery-output`, "--volume", `${log}:/dev/termination-log`];
      await holds(proven("places to write to"), [...STRANGER, ...mounts]);
      const { IRSA_VERDICT } = JSON.parse(readFileSync(join(output, "qovery-output.json"), "utf8"));
      expect(IRSA_VERDICT.value).toBe("proven");
      expect(readFileSync(log, "utf8")).toMatch(/^proven: system:serviceaccount:/);
    });

    test("the same places, read-only, change nothing", async () => {
      const [output, log] = [join(folder, "output-ro"), join(folder, "log-ro")];
      mkdirSync(output);
      writeFileSync(log, "");
      const mounts = ["--volume", `${output}:/qovery-output:ro`, "--volume", `${log}:/dev/termination-log:ro`];
      await holds(proven("places that cannot be written to"), [...STRANGER, ...mounts]);
      expect(readFileSync(log, "utf8")).toBe("");
    });
  });

  test("QV101 names the service account by the API token, where it is mounted", async () => {
    const file = join(folder, "api-token");
    writeFileSync(file, world.aws.token("sample", { namespace: "z1-prod", serviceAccount: "default" }), {
      mode: 0o644,
    });
    const fault: Fault = {
      situation: "an API token",
      annotation: null,
      code: "QV101",
      exit: 1,
      says: "the pod runs as system:serviceaccount:z1-prod:default",
      fix: "the service is not set to its service account: on Qovery: service → advanced settings → security.service_account_name = the serviceAccount of clusters/*.yaml, then redeploy the service",
    };
    const path = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    await holds(fault, [...STRANGER, "--volume", `${file}:${path}:ro`]);
  });

  test("QV202 where the token is another user's", async () => {
    const file = join(folder, "root-token");
    writeFileSync(file, "token", { mode: 0o600 });
    const fault: Fault = {
      situation: "a token of root's",
      variables: { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/my-s3-role", AWS_WEB_IDENTITY_TOKEN_FILE: "/token" },
      code: "QV202",
      exit: 1,
      says: "/token cannot be read by user 12345 (EACCES)",
      fix: FIX.tokenUser,
    };
    await holds(fault, [...STRANGER, "--volume", `${file}:/token:ro`]);
  });

  test.each<[string, Fault]>([
    [
      "AWS's own names do not resolve",
      {
        situation: "no network",
        variables: { AWS_ENDPOINT_URL: "" },
        code: "QV501",
        exit: 3,
        says: "sts.eu-west-3.amazonaws.com does not resolve",
        fix: FIX.name,
      },
    ],
    [
      "an address is not reached",
      {
        situation: "no network, and an address",
        variables: { AWS_ENDPOINT_URL: "https://127.0.0.1:4443" },
        code: "QV502",
        exit: 3,
        says: "no connection to 127.0.0.1",
        fix: connection("AWS_ENDPOINT_URL"),
      },
    ],
  ])("without a network %s", (_, fault) => holds(fault, [...STRANGER, "--network", "none"]));

  describe("what is in it", () => {
    interface Archive {
      readonly config: {
        readonly config: Record<string, unknown>;
        readonly rootfs: { readonly diff_ids: readonly string[] };
      };
      /** The files of each layer. */
      readonly layers: readonly (readonly string[])[];
    }

    function unpacked(tag: string, name: string): Archive {
      const [archive, into] = [join(folder, `${name}.tar`), join(folder, name)];
      tool.save(tag, archive);
      mkdirSync(into);
      execFileSync("tar", ["-xf", archive, "-C", into]);
      const read = (path: string) => JSON.parse(readFileSync(join(into, path), "utf8"));
      const [{ Config, Layers }] = read("manifest.json");
      const layers = (Layers as string[]).map((layer) =>
        execFileSync("tar", ["-tf", join(into, layer)], { encoding: "utf8", maxBuffer: 1 << 26 })
          .split("\n")
          .map((path) => path.replace(/^\.?\//, ""))
          .filter((path) => path !== "" && path !== "."),
      );
      return { config: read(Config), layers };
    }

    let image: Archive;
    let base: Archive;
    beforeAll(() => {
      image = unpacked(TAG, "image");
      base = unpacked(BASE, "base");
    }, 300_000);

    test("the base, and /verifier alone", () => {
      const below = base.config.rootfs.diff_ids;
      expect(below.length).toBeGreaterThan(0);
      expect(image.config.rootfs.diff_ids.slice(0, below.length)).toEqual(below);
      expect(image.layers.slice(below.length).flat()).toEqual(["verifier"]);
    });

    test("no shell, and it starts without one", async () => {
      const files = image.layers.flat();
      expect(files.length).toBeGreaterThan(50);
      expect(files.filter((path) => /(^|\/)(ba|da|a|z|k)?sh$|busybox/.test(path))).toEqual([]);
      expect(image.config.config.Entrypoint).toEqual(["/verifier"]);
      expect(image.config.config.Cmd ?? []).toEqual([]);
      const shell = await run(tool.command(["--entrypoint", "/bin/sh"], TAG, ["-c", "true"]), process.env);
      expect(shell.exitCode).toBe(127);
      expect((await run(tool.command(LIMITS, TAG, ["--version"]), process.env)).stdout).toMatch(/^verifier \d/);
    });

    test("a user who is not root, and labels", () => {
      expect(image.config.config.User).toBe("65532:65532");
      expect(image.config.config.Labels).toMatchObject({
        "org.opencontainers.image.title": "qovery-irsa verifier",
        "org.opencontainers.image.description": expect.stringMatching(/^Proves in the pod /),
        "org.opencontainers.image.licenses": "Apache-2.0",
      });
    });
  });
}
