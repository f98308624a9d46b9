import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = join(__dirname, "..");
const DIST = join(ROOT, "dist");

/**
 * Returns the command of the packaged verifier, or of the same bundle under Node on systems without an executable. The
 * environment variable VERIFIER names another build, such as pkg's.
 */
export function verifierCommand(): readonly string[] {
  if (process.env.VERIFIER) return [resolve(process.env.VERIFIER)];
  const executable = { x64: "verifier", arm64: "verifier-arm64" }[process.arch as string];
  if (process.platform === "linux" && executable) return [join(DIST, executable)];
  return [process.execPath, join(DIST, "verifier.cjs")];
}

/** Reports whether the packaged verifier exists and is as new as its sources. */
export function verifierIsPackaged(): boolean {
  const packaged = verifierCommand().at(-1) ?? "";
  if (!existsSync(packaged)) return false;
  const made = statSync(packaged).mtimeMs;
  const sources = ["verifier", "iam", "packaging"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(ROOT, folder, name)),
  );
  return [...sources, join(ROOT, "package-lock.json")].every((source) => statSync(source).mtimeMs <= made);
}
