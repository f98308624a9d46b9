import { execFileSync } from "node:child_process";
import { runProgram } from "../../local/child-process";

const PATH = process.env.PATH ?? "";

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
  const running = runProgram([process.execPath, "-e", outer], { env: { PATH }, signal: stop.signal });
  setTimeout(() => stop.abort(), 1500);
  const { exitCode, stdout } = await running;
  expect(exitCode).toBe(130);
  const pid = Number(stdout.trim());
  expect(pid).toBeGreaterThan(0);
  // Where no init process reaps it, the ended process stays a zombie.
  expect(execFileSync("ps", ["-A", "-o", "pid=,state="], { encoding: "utf8" })).not.toMatch(
    new RegExp(`^ *${pid} +[^Z]`, "m"),
  );
});

test("starts nothing after the signal was aborted", async () => {
  await expect(runProgram(["true"], { env: { PATH }, signal: AbortSignal.abort() })).rejects.toThrow();
});
