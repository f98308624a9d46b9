import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { samplePod, startSampleAws } from "../../local/sample";
import { runPod } from "../../local/simulated-pod";
import { bundleVerifier } from "../../packaging/bundle";
import { makeCodeCache } from "../../packaging/executable";
import { packageVerifier } from "../../packaging/package";
import { nodeRuntime } from "../../packaging/runtime";
import { EXECUTABLES, ownArchitecture, verifierCommand } from "../../packaging/verifier-command";
import { FULL, testIf } from "../test-if";

// The packaged files. test/verifier/ runs the executable of this machine.

const ROOT = join(__dirname, "../..");
const EMULATOR = "qemu-aarch64-static";
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const MACHINES = { x64: /Machine: +Advanced Micro Devices X86-64/, arm64: /Machine: +AArch64/ };
/** The shared libraries of gcr.io/distroless/cc-debian12, without the loader. */
const LIBRARIES = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];

const own = ownArchitecture();
const installed = (program: string) => spawnSync(program, ["--version"]).status === 0;
const readelf = (...args: string[]) => execFileSync("readelf", args, { encoding: "utf8" });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "packaging-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function expectSelfContained(path: string, architecture: keyof typeof MACHINES): void {
  expect(readelf("--file-header", path)).toMatch(MACHINES[architecture]);
  const needed = [...readelf("--dynamic", path).matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
  expect(needed.filter((name) => !LIBRARIES.includes(name ?? "") && !/^ld-linux-.*\.so\.\d$/.test(name ?? ""))).toEqual(
    [],
  );
}

test("the same sources produce the same bundle, which has no default credential chain", async () => {
  const bundle = await bundleVerifier();
  expect(await bundleVerifier()).toEqual(bundle);
  expect(bundle.code).toContain("AssumeRoleWithWebIdentity");
  expect(bundle.code).not.toMatch(/fromNodeProviderChain|fromContainerMetadata|fromInstanceMetadata/);
});

testIf(own !== undefined, "executables can be built on Linux only")(
  "V8 accepts the code cache",
  async () => {
    const bundle = join(folder, "verifier.cjs");
    writeFileSync(bundle, (await bundleVerifier()).code);
    const cache = await makeCodeCache(bundle, folder);
    const script = `
    const { readFileSync } = require("node:fs");
    const [bundle, cache] = process.argv.slice(1).map((file) => readFileSync(file));
    const source = "(function(require){" + bundle.latin1Slice() + "\\n})";
    console.log(new (require("node:vm").Script)(source, { cachedData: cache }).cachedDataRejected);`;
    expect(execFileSync(nodeRuntime(own ?? "x64"), ["-e", script, bundle, cache], { encoding: "utf8" })).toBe(
      "false\n",
    );
  },
  60_000,
);

testIf(own !== undefined && installed("readelf"), "needs Linux and readelf")(
  "the executable has no symbols and needs only what distroless/cc provides",
  () => {
    const [executable = ""] = verifierCommand();
    expectSelfContained(executable, own ?? "x64");
    if (installed("strip")) expect(readelf("--section-headers", "--wide", executable)).not.toMatch(/ SYMTAB /);
  },
);

testIf(own !== undefined, "executables can be built on Linux only")(
  "the executable prints the licences of the project, of its npm packages and of Node.js",
  async () => {
    const [executable = ""] = verifierCommand();
    const notices = execFileSync(executable, ["--licenses"], { encoding: "utf8" });
    const { packages } = await bundleVerifier();
    expect(packages.length).toBeGreaterThan(5);
    for (const path of packages) expect(notices).toContain(`${relative(join(ROOT, "node_modules"), path)} `);
    expect(notices).toContain(readFileSync(join(ROOT, "LICENSE"), "utf8").trim());
    expect(notices).toMatch(/^Node\.js\n=+\n\nNode\.js is licensed for use as follows:/m);
    expect(notices).toContain("OpenSSL");
  },
);

testIf(own === undefined, "only where executables cannot be built")("packages only the bundle", async () => {
  expect(await packageVerifier(["x64"], folder)).toEqual([join(folder, "verifier.cjs")]);
});

testIf(FULL && own === "x64" && installed("readelf"), "needs FULL=1, Linux on x64 and readelf")(
  "builds the executable for linux-arm64 in any folder",
  async () => {
    const executable = (await packageVerifier(["arm64"], folder)).at(-1) ?? "";
    expect(executable).toBe(join(folder, EXECUTABLES.arm64));
    expectSelfContained(executable, "arm64");
  },
  120_000,
);

testIf(FULL && own === "x64" && installed(EMULATOR) && existsSync(ARM64_LIBRARIES), "needs FULL=1 and an emulator")(
  "the executable for linux-arm64 proves access",
  async () => {
    const executable = (await packageVerifier(["arm64"], folder)).at(-1) ?? "";
    const aws = await startSampleAws();
    try {
      const command = [EMULATOR, "-L", ARM64_LIBRARIES, executable, "-o", "json"];
      const { exitCode, stdout } = await runPod(samplePod(aws), command);
      expect([exitCode, JSON.parse(stdout).verdict]).toEqual([0, "proven"]);
    } finally {
      await aws.stop();
    }
  },
  120_000,
);
