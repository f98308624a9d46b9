import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until";

// Long commands that are stopped: by Ctrl-C, and by a signal to npm only, as CI and `timeout` send it.

const ROOT = join(__dirname, "../..");
const DEMO = join(ROOT, ".local/demo");

/** Returns a folder that does not exist. It marks the processes of one run: each one inherits the PATH. */
const mark = () => `/none-${randomUUID()}`;

function start(script: string, marked: string): ChildProcess {
  return spawn("npm", ["run", ...script.split(" ")], {
    cwd: ROOT,
    env: { HOME: process.env.HOME ?? "", PATH: `${process.env.PATH}:${marked}` },
    stdio: ["ignore", "pipe", "pipe"],
    // A separate group, as a terminal creates for each command.
    detached: true,
  });
}

/** Collects the output, and resolves when the output contains a text or the command ends. */
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

/** Returns the command lines of the processes of a run. */
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
        // The process has ended, or belongs to another user.
        return [];
      }
    });
}

/** The commands clean up after npm has ended. */
async function nothingIsLeft(marked: string): Promise<void> {
  await until(() => running(marked).length === 0).catch(() => {});
  expect(running(marked)).toEqual([]);
}

test("local-aws ends with npm", async () => {
  const marked = mark();
  const child = start("local-aws -- --port 0", marked);
  await printed(child, "is ready");
  expect(running(marked).join("\n")).toContain("moto-server.py");
  child.kill("SIGTERM");
  await once(child, "close");
  await nothingIsLeft(marked);
}, 60_000);

test.each<[string, (pid: number) => void]>([
  ["the end of npm", (pid) => process.kill(pid, "SIGTERM")],
  // Ctrl-C reaches every process of the terminal's foreground group.
  ["Ctrl-C", (pid) => process.kill(-pid, "SIGINT")],
])(
  "%s ends the demo and Terraform, and leaves nothing",
  async (_, stop) => {
    const marked = mark();
    const child = start("demo", marked);
    const output = await printed(child, "cdktf deploy");
    await until(() => running(marked).some((command) => command.includes("terraform")));
    let leftAtTheEnd: string[] = [];
    child.stderr?.on("data", () => {
      if (output.text.includes("nothing is left running")) leftAtTheEnd = running(marked);
    });
    stop(child.pid as number);
    await once(child, "close");
    // The demo itself and npm are still there when the demo reports it.
    expect(leftAtTheEnd.filter((command) => /terraform|cdktf|moto/.test(command))).toEqual([]);
    await nothingIsLeft(marked);
    expect(existsSync(DEMO)).toBe(false);
  },
  120_000,
);
