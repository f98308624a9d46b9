import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { loadProject } from "../../config/load";
import type { Project } from "../../config/project";
import { LocalAws, type LocalAwsOptions } from "../../local/aws";
import type { Ended } from "../../local/child-process";
import { terraformCli } from "../../local/terraform-cli";
import { commandArguments, ROOT, runCommand } from "./run-command";

/** A configuration in a temporary folder, with an embedded AWS, and the npm scripts that run on them. */
export class Deployment {
  private constructor(
    readonly folder: string,
    readonly aws: LocalAws,
    private readonly terraform: NodeJS.ProcessEnv,
  ) {}

  /** @param files path relative to the configuration's folder → text */
  static async start(
    files: Readonly<Record<string, string>>,
    options: Pick<LocalAwsOptions, "onCall"> = {},
  ): Promise<Deployment> {
    const folder = mkdtempSync(join(tmpdir(), "deployment-"));
    write(folder, files);
    const aws = await LocalAws.start({ ...options, project: load(folder) });
    return new Deployment(folder, aws, (await terraformCli(join(folder, "terraform"))).environment);
  }

  write(files: Readonly<Record<string, string>>): void {
    write(this.folder, files);
  }

  get project(): Project {
    return load(this.folder);
  }

  get environment(): NodeJS.ProcessEnv {
    const { TF_CLI_CONFIG_FILE, ...user } = process.env;
    return {
      ...user,
      ...this.terraform,
      ...this.aws.environment,
      IRSA_CONFIG: join(this.folder, "irsa.yaml"),
      CDKTF_OUTDIR: join(this.folder, "out"),
    };
  }

  /** Runs a command of commands/, such as `deploy`. */
  run(command: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return runCommand(command, args, { ...this.environment, ...environment });
  }

  /** Starts a command that the test kills. */
  begin(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): ExecaChildProcess {
    return execa(process.execPath, commandArguments(command, args), {
      cwd: ROOT,
      env: { ...this.environment, ...environment },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
    });
  }

  async stop(): Promise<void> {
    await this.aws.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @throws Error with the output, if the program failed */
export function succeeded(ended: Ended): Ended {
  if (ended.exitCode !== 0) throw new Error(`exit code ${ended.exitCode}:\n${ended.output}`);
  return ended;
}

function load(folder: string): Project {
  const { project, problems } = loadProject(join(folder, "irsa.yaml"));
  if (!project) throw new Error(JSON.stringify(problems));
  return project;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
