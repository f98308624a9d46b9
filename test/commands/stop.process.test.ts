import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { until } from "./until";

// What is left of a long command that is stopped: by Ctrl-C, which reaches every process of the terminal, and by the end
// of npm alone, as CI and `timeout` have it.

const ROOT = join(__dirname, "../..");
const DEMO = join(ROOT, ".local/demo");

/** A folder that is not there, by which the processes of one run are known: each passes its PATH on. */
const mark = () => `/none-${randomUUID()}`;

function start(script: string, marked: string, env: Record<string, string> = {}): ChildProcess {
  return spawn("npm", ["run", ...script.split(" ")], {
    cwd: ROOT,
    env: { HOME: process.env.HOME ?? "", PATH: `${process.env.PATH}:${marked}`, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, as a terminal gives to each command.
    detached: true,
  });
}

/** Everything that is printed, until a text is among it or the command ends. */
async function printed(child: ChildProcess, until: string): Promise<{ text: string }> {
  const output = { text: "" };
  await new Promise<void>((resolve) => {
    const keep = (chunk: Buffer) => {
      output.text += chunk.toString();
      if (output.text.includes(until)) resolve();
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("close", () => resolve());
  });
  expect(output.text).toContain(until);
  return output;
}

/** The command lines of the processes of a run. */
function running(marked: string): string[] {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-axwwE", "-o", "command"], { encoding: "utf8" })
      .stdout.split("\n")
      .filter((line) => line.includes(marked));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        return environment.includes(marked) ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
      } catch {
        // It has ended in between, or is another user's.
        return [];
      }
    });
}

/** Cleaning up takes a moment after npm has ended. */
async function nothingIsLeft(marked: string): Promise<void> {
  await until(() => running(marked).length === 0).catch(() => {});
  expect(running(marked)).toEqual([]);
}

test("the end of npm ends the embedded AWS", async () => {
  const marked = mark();
  const child = start("local-aws -- --port 0", marked);
  await printed(child, "is ready");
  expect(running(marked).join("\n")).toContain("moto-server.py");
  child.kill("SIGTERM");
  await once(child, "close");
  await nothingIsLeft(marked);
}, 60_000);

test("the end of npm ends the demo, Terraform and all", async () => {
  const marked = mark();
  const child = start("demo", marked);
  await printed(child, "cdktf deploy");
  await until(() => running(marked).some((command) => command.includes("terraform")));
  child.kill("SIGTERM");
  await once(child, "close");
  await nothingIsLeft(marked);
  expect(existsSync(DEMO)).toBe(false);
}, 120_000);

test("Ctrl-C in the demo, while a program runs that dies of it too", async () => {
  const marked = mark();
  // A verifier that is not there is packaged first.
  const child = start("demo", marked, { VERIFIER: "/none" });
  const output = await printed(child, "package the verifier");
  await setTimeout(500);
  process.kill(-(child.pid as number), "SIGINT");
  await once(child, "close");
  expect(output.text).toMatch(/demo: stopped; nothing is left running\n/);
  await nothingIsLeft(marked);
  expect(existsSync(DEMO)).toBe(false);
}, 60_000);
