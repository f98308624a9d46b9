import { execFileSync } from "node:child_process";
import { runProgram } from "../../local/child-process";

const PATH = process.env.PATH ?? "";

/** Where no init process reaps it, an ended process stays a zombie. */
function isRunning(pid: number): boolean {
  expect(pid).toBeGreaterThan(0);
  const processes = execFileSync("ps", ["-A", "-o", "pid=,state="], { encoding: "utf8" });
  return new RegExp(`^ *${pid} +[^Z]`, "m").test(processes);
}

test("runs a program with the given environment only", async () => {
  process.env.IRSA_LEAK = "leaked";
  const { exitCode, stdout, stderr, output } = await runProgram(
    ["sh", "-c", 'echo "[$IRSA_LEAK]"; echo err >&2; exit 3'],
    {
      env: { PATH },
    },
  );
  delete process.env.IRSA_LEAK;
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 3, stdout: "[]\n", stderr: "err\n" });
  expect(output.split("\n").sort()).toEqual(["", "[]", "err"]);
});

test("rejects if the program does not exist", async () => {
  await expect(runProgram(["/none/program"], { env: {} })).rejects.toThrow("ENOENT");
});

test("ends the whole group, and waits until each process has cleaned up", async () => {
  const stop = new AbortController();
  // A program that starts a program, which needs a moment to end after the signal.
  const slow = `process.on("SIGINT", () => setTimeout(() => process.exit(), 500)); console.log(process.pid); setInterval(() => {}, 1000)`;
  const outer = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(slow)}], { stdio: "inherit" }); process.on("SIGINT", () => process.exit(130))`;
  const ended = runProgram([process.execPath, "-e", outer], { env: { PATH }, signal: stop.signal });
  setTimeout(() => stop.abort(), 1500);
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(130);
  expect(isRunning(Number(stdout.trim()))).toBe(false);
});

test.each([
  // The program counts the interrupts, and ends by itself; its child does not get any.
  ["interrupt", "interrupts: 1"],
  ["end", "interrupts: 1 interrupts of the child: 1"],
] as const)("stop: %s sends one interrupt", async (stop, expected) => {
  const stopped = new AbortController();
  const counts = (name: string, after: number) =>
    `let n = 0; process.on("SIGINT", () => n++ || setTimeout(() => { process.stdout.write("${name}: " + n + " "); process.exit(); }, ${after})); setInterval(() => {}, 1000);`;
  const child = `process.stdout.write("ready "); setTimeout(() => process.exit(), 1500); ${counts("interrupts of the child", 100)}`;
  const outer = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" }); ${counts("interrupts", 0)}`;
  const ended = runProgram([process.execPath, "-e", outer], { env: { PATH }, signal: stopped.signal, stop });
  setTimeout(() => stopped.abort(), 1000);
  const { exitCode, stdout } = await ended;
  expect([exitCode, stdout.replace("ready ", "").trim()]).toEqual([0, expected]);
});

test("a program that a signal ends leaves no other program of its group", async () => {
  const outer = `const child = require("child_process").spawn("sleep", ["600"], { stdio: "inherit" }); console.log(child.pid); process.kill(process.pid, "SIGKILL")`;
  const { exitCode, killedBy, stdout } = await runProgram([process.execPath, "-e", outer], { env: { PATH } });
  expect([exitCode, killedBy]).toEqual([137, "SIGKILL"]);
  expect(isRunning(Number(stdout.trim()))).toBe(false);
});

test("starts nothing after the signal was aborted", async () => {
  await expect(runProgram(["true"], { env: { PATH }, signal: AbortSignal.abort() })).rejects.toThrow();
});
