import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, runProgram } from "../../local/child-process";
import { terraformBinary, terraformCli } from "../../local/terraform-cli";

/** The part of `terraform show -json PLAN` that the tests read. */
interface Plan {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly type: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly importing?: object;
      readonly before: Readonly<Record<string, unknown>> | null;
      readonly after: Readonly<Record<string, unknown>> | null;
    };
  }[];
}

/** Runs Terraform on a copy of a synthesized stack, with local state. */
export class TerraformRun {
  private constructor(
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /**
   * @param stack folder with the synthesized cdk.tf.json
   * @param folder folder to create
   */
  static async init(stack: string, folder: string, environment: NodeJS.ProcessEnv = {}): Promise<TerraformRun> {
    cpSync(stack, folder, { recursive: true });
    const cli = await terraformCli(folder);
    const terraform = new TerraformRun(folder, { ...process.env, ...cli.environment, ...environment });
    terraform.change((stack) => {
      // `terraform init` would contact the backend.
      delete stack.terraform.backend;
      delete stack.terraform.cloud;
    });
    await terraform.run("init", "-input=false");
    return terraform;
  }

  /** Changes the stack's JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests change Terraform's JSON at any depth.
  change(edit: (stack: any) => void): void {
    const file = join(this.folder, "cdk.tf.json");
    const stack = JSON.parse(readFileSync(file, "utf8"));
    edit(stack);
    writeFileSync(file, JSON.stringify(stack));
  }

  /**
   * Returns the standard output.
   * @throws Error with the output, where Terraform fails
   */
  async run(command: string, ...args: string[]): Promise<string> {
    const { exitCode, stdout, output } = await this.tryRun(command, ...args);
    if (exitCode !== 0) throw new Error(`terraform ${command} exits with ${exitCode}:\n${output}`);
    return stdout;
  }

  tryRun(...args: string[]): Promise<Ended> {
    const env = { ...this.environment, TF_CLI_ARGS: "-no-color" };
    return runProgram([terraformBinary(), ...args], { cwd: this.folder, env });
  }

  async plan(): Promise<Plan> {
    await this.run("plan", "-input=false", "-out=plan");
    return JSON.parse(await this.run("show", "-json", "plan"));
  }

  async apply(): Promise<void> {
    await this.run("apply", "-input=false", "-auto-approve");
  }
}
