import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cli, cli } from "../../verifier/cli";
import { thisPod } from "../../verifier/pod/view";
import { INJECTED, pod } from "./pod";

/** Runs the command line in this process. */
async function command(args: string[], more: Partial<Cli> & { isTTY?: boolean } = {}) {
  let [stdout, stderr] = ["", ""];
  const code = await cli({
    args,
    pod: pod({ LANG: "C.UTF-8" }, {}),
    stdout: {
      isTTY: more.isTTY ?? false,
      write: (text) => {
        stdout += text;
      },
    },
    stderr: {
      isTTY: false,
      write: (text) => {
        stderr += text;
      },
    },
    stop: () => new AbortController().signal,
    connect: () => Promise.reject(new RangeError("a fault")),
    ...more,
  });
  return { code, stdout, stderr };
}

test("--version and --help", async () => {
  expect(await command(["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^verifier 1\.0\.0 \(commit unknown, Node /),
  });
  expect(await command(["--help"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^usage: /) });
});

test("a usage error is on standard error", async () => {
  expect(await command(["--nope"])).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^verifier: .*--nope.*\nusage: /),
  });
});

test("the report is JSON or text", async () => {
  expect(JSON.parse((await command(["-o", "json"])).stdout)).toMatchObject({ exitCode: 1, verdict: "not-proven" });
  expect(await command([])).toMatchObject({ code: 1, stdout: expect.stringContaining("× not proven"), stderr: "" });
});

test.each<[string, Record<string, string>, boolean, RegExp]>([
  ["UTF-8", { LANG: "en_US.UTF-8" }, false, /× QV101/],
  ["UTF-8 by LC_CTYPE", { LC_CTYPE: "C.utf8", LANG: "C" }, false, /× QV101/],
  ["LC_ALL wins", { LC_ALL: "C", LANG: "C.UTF-8" }, false, /\[fail\] QV101/],
  ["no locale", {}, false, /\[fail\] QV101/],
  ["NO_UNICODE", { LANG: "C.UTF-8", NO_UNICODE: "1" }, false, /\[fail\] QV101/],
  ["a terminal", { LANG: "C.UTF-8" }, true, /\u001b\[31m×/],
  ["NO_COLOR", { LANG: "C.UTF-8", NO_COLOR: "1" }, true, /^× QV101/m],
  ["a dumb terminal", { LANG: "C.UTF-8", TERM: "dumb" }, true, /^× QV101/m],
])("%s", async (_, env, isTTY, pattern) => {
  expect((await command([], { pod: pod(env, {}), isTTY })).stdout).toMatch(pattern);
});

test("an internal error is undecided, and shows no stack trace", async () => {
  const { code, stdout, stderr } = await command([], {
    pod: { ...pod(INJECTED), now: () => Date.parse("2026-11-24T10:00:00Z") },
  });
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toBe("verifier: internal error (RangeError); please report it\n");
  expect((await command([], { pod: pod(INJECTED), connect: () => Promise.reject("odd") })).stderr).toContain("unknown");
});

test("a stop signal ends --wait", async () => {
  const stop = new AbortController();
  const refused = Object.assign(new Error(""), {
    name: "AccessDenied",
    $fault: "client",
    $metadata: { httpStatusCode: 403, requestId: "r" },
  });
  const aws = { wire: () => ({ host: "sts.example" }), assumeRole: () => Promise.reject(refused), destroy: () => {} };
  setTimeout(() => stop.abort(), 50);
  const result = await command(["--wait", "60s", "-o", "json"], {
    pod: pod(INJECTED),
    stop: () => stop.signal,
    connect: async () => aws as never,
  });
  expect(JSON.parse(result.stdout)).toMatchObject({ exitCode: 3, verdict: "undecided" });
});

describe("a pod's files", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pod-"));
    writeFileSync(join(folder, "token"), "0123456789");
    execFileSync("mkfifo", [join(folder, "pipe")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are read up to a limit", () => {
    expect(thisPod.read(join(folder, "token"), 4).toString()).toBe("0123");
    expect(thisPod.read(join(folder, "token"), 400).toString()).toBe("0123456789");
  });

  test.each([
    ["none", "ENOENT"],
    ["", "EISDIR"],
    ["pipe", "ENOTREG"],
  ])("%j fails with %s, and does not block", (name, code) => {
    expect(() => thisPod.read(join(folder, name), 4)).toThrow(expect.objectContaining({ code }));
  });
});
