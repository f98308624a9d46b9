import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { samplePod, startSampleAws } from "../../local/sample";
import { runPod } from "../../local/simulated-pod";
import { bundleParts, bundleWhole } from "../../packaging/bundle";
import { V8_FLAGS } from "../../packaging/executable";
import { EXECUTABLES, ownArchitecture, packageVerifier } from "../../packaging/package";
import { nodeRuntime } from "../../packaging/runtime";
import { warmParts } from "../../packaging/warm-up";

// The executables as files. What the one of this machine does is in test/verifier/.

const DIST = join(__dirname, "../../dist");
const PARTS = join(__dirname, "../../packaging/parts.js");
const EMULATOR = "qemu-aarch64-static";
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";

const own = ownArchitecture();
const installed = (program: string) => spawnSync(program, ["--version"]).status === 0;

/** ELF's e_machine, and whether the file has a symbol table. Source: https://man7.org/linux/man-pages/man5/elf.5.html */
function elf(path: string): { machine: number; symbols: boolean } {
  const file = openSync(path, "r");
  const bytes = (length: number, position: number) => {
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, position);
    return buffer;
  };
  try {
    const header = bytes(64, 0);
    const [size, count] = [header.readUInt16LE(58), header.readUInt16LE(60)];
    const sections = bytes(size * count, Number(header.readBigUInt64LE(40)));
    const types = Array.from({ length: count }, (_, index) => sections.readUInt32LE(index * size + 4));
    return { machine: header.readUInt16LE(18), symbols: types.includes(2) };
  } finally {
    closeSync(file);
  }
}

test("the same sources make the same bundle", async () => {
  expect(await bundleWhole()).toBe(await bundleWhole());
  expect([...(await bundleParts())]).toEqual([...(await bundleParts())]);
});

test("the parts: without AWS, a run loads none of the SDK; STS comes before S3", async () => {
  const parts = await bundleParts();
  expect([...parts.keys()]).toEqual(expect.arrayContaining(["main.js", "aws.js", "buckets.js"]));
  expect(parts.get("main.js")).not.toContain("AssumeRoleWithWebIdentityCommand");
  expect(parts.get("aws.js")).toContain("AssumeRoleWithWebIdentity");
  expect(parts.get("aws.js")).not.toContain("ListBuckets");
  expect(parts.get("buckets.js")).toContain("ListBuckets");
});

if (own) {
  test("V8 takes the code cache of every part", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parts-"));
    try {
      const parts = await warmParts(own, folder);
      const script = `
        require(process.argv[1]).takeBackFlags();
        const { readFileSync } = require("node:fs");
        const taken = process.argv.slice(2).filter((file) => {
          const options = { filename: file, cachedData: readFileSync(file + ".cache") };
          return !new (require("node:vm").Script)(readFileSync(file, "latin1"), options).cachedDataRejected;
        });
        console.log(taken.length);`;
      const files = readdirSync(parts.folder).filter((name) => name.endsWith(".js"));
      const paths = files.map((name) => join(parts.folder, name));
      const taken = execFileSync(nodeRuntime(own), [...V8_FLAGS, "-e", script, PARTS, ...paths], {
        encoding: "utf8",
      });
      expect(Number(taken)).toBe(files.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  describe.each([
    ["x64", 62],
    ["arm64", 183],
  ] as const)("the executable for linux-%s", (architecture, machine) => {
    const path = join(DIST, EXECUTABLES[architecture]);
    beforeAll(async () => {
      if (!existsSync(path)) await packageVerifier([architecture]);
    }, 120_000);

    test("is of that architecture, and without symbols where there is a tool to remove them", () => {
      const found = elf(path);
      expect(found.machine).toBe(machine);
      if (architecture === own && installed("strip")) expect(found.symbols).toBe(false);
    });

    test("needs of the system no more than distroless/cc has", () => {
      const needed = execFileSync("objdump", ["-p", path], { encoding: "utf8" }).matchAll(/NEEDED +(\S+)/g);
      const there = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];
      const others = [...needed].map(([, name]) => name ?? "").filter((name) => !there.includes(name));
      expect(others.filter((name) => !/^ld-linux-(x86-64|aarch64)\.so\.\d$/.test(name))).toEqual([]);
    });
  });

  const emulated = own === "arm64" ? [] : [EMULATOR, "-L", ARM64_LIBRARIES];
  if (own === "arm64" || (installed(EMULATOR) && existsSync(ARM64_LIBRARIES))) {
    test("the executable for linux-arm64 proves access", async () => {
      const aws = await startSampleAws();
      try {
        const command = [...emulated, join(DIST, EXECUTABLES.arm64)];
        const { exitCode, stdout } = await runPod(samplePod(aws), [...command, "-o", "json"]);
        expect([exitCode, JSON.parse(stdout).verdict]).toEqual([0, "proven"]);
      } finally {
        await aws.stop();
      }
    }, 60_000);
  } else {
    test("the executable for linux-arm64 is made, and not run", () => {
      console.warn(`left out: running it; ${EMULATOR} or the arm64 libraries in ${ARM64_LIBRARIES} are not here`);
      expect(existsSync(join(DIST, EXECUTABLES.arm64))).toBe(true);
    });
  }
} else {
  test("on this system no executable is made", async () => {
    console.warn("left out: the executables, which are made on Linux alone");
    expect(await packageVerifier(["x64"])).toEqual([join(DIST, "verifier.cjs")]);
  });
}
