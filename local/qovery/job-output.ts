import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

// The folder /qovery-output, from which Qovery's engine reads the output of a lifecycle job.
// Source: https://github.com/Qovery/engine, src/environment/action/deploy_job/job_output.rs

/** An output variable of a job. */
export interface JobOutput {
  readonly value: string;
  readonly sensitive: boolean;
  readonly description: string;
}

/** Starts a program with a separate view of the file system. */
const UNSHARE = ["unshare", "--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];

/** A root folder with everything of this machine and /qovery-output. Only the started program sees the mounts. */
const SCRIPT = `set -e
root=$1 output=$2
shift 2
mount -t tmpfs none "$root"
for entry in /*; do
  if [ -L "$entry" ]; then cp -a "$entry" "$root$entry"
  elif [ -d "$entry" ] && [ "$entry" != /qovery-output ]; then mkdir "$root$entry" && mount --rbind "$entry" "$root$entry"
  fi
done
mkdir "$root/qovery-output"
mount --bind "$output" "$root/qovery-output"
exec chroot "$root" "$@"
`;

/** A folder that a program sees as /qovery-output. */
export class OutputFolder {
  private readonly folder = mkdtempSync(join(tmpdir(), "qovery-output-"));
  private readonly output = join(this.folder, "output");
  private readonly root = join(this.folder, "root");

  constructor() {
    mkdirSync(this.output);
    mkdirSync(this.root);
  }

  /** Returns the command that starts a program with this folder. */
  mountedFor(command: readonly string[]): readonly string[] {
    return [...UNSHARE, "sh", "-c", SCRIPT, "sh", this.root, this.output, ...command];
  }

  /** Returns the job's output by name, and why the engine would reject the file. */
  read(): { readonly outputs: Readonly<Record<string, JobOutput>>; readonly warning?: string } {
    const file = join(this.output, "qovery-output.json");
    if (!existsSync(file)) return { outputs: {} };
    try {
      return { outputs: parseOutput(readFileSync(file, "utf8")) };
    } catch (error) {
      return {
        outputs: {},
        warning: `qovery-output.json is not valid: ${error instanceof Error ? error.message : ""}`,
      };
    }
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether programs can be started with the folder here: on Linux, with permission to mount. */
export function canMountOutput(): boolean {
  const folder = new OutputFolder();
  try {
    const [unshare = "", ...args] = folder.mountedFor(["true"]);
    return spawnSync(unshare, args, { stdio: "ignore" }).status === 0;
  } finally {
    folder.delete();
  }
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const variable = z
  .looseObject({
    value: z.unknown(),
    sensitive: z.boolean().catch(false),
    description: z.string().catch(""),
  })
  .transform(({ value = null, sensitive, description }) => ({
    value: typeof value === "string" ? value : JSON.stringify(value),
    sensitive,
    description,
  }));

/** Parses qovery-output.json as the engine does: names in upper case, a value that is no text as JSON, other entries ignored. @throws Error */
function parseOutput(text: string): Record<string, JobOutput> {
  const outputs: Record<string, JobOutput> = {};
  for (const [name, entry] of Object.entries(z.record(z.string(), z.unknown()).parse(JSON.parse(text)))) {
    if (!NAME.test(name)) throw new Error(`invalid name of a job's output: ${name}`);
    const { success, data } = variable.safeParse(entry);
    if (success) outputs[name.toUpperCase()] = data;
  }
  return outputs;
}
