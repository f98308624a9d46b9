import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";

/** The program that `npm run test:e2e` builds where Go is installed. */
const HELM = join(__dirname, "../../.local/helm/bin/helm");

export const helmIsInstalled = existsSync(HELM);

interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly values: readonly string[];
  readonly take_ownership?: boolean;
}

/** The Helm releases of a synthesized stack, for a machine where Terraform has no helm provider. */
export class HelmReleases {
  private readonly releases: readonly Release[];

  /**
   * @param stack folder with the synthesized cdk.tf.json
   * @param folder the folder for the files of the values
   */
  constructor(
    private readonly kubeconfig: string,
    stack: string,
    private readonly folder: string,
  ) {
    const { resource } = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8"));
    this.releases = Object.values(resource.helm_release);
  }

  /** Creates or updates the releases. */
  async apply(): Promise<void> {
    for (const { name, namespace, chart, values, take_ownership } of this.releases) {
      const files = values.flatMap((text, index) => {
        const file = join(this.folder, `${namespace}-${name}-${index}.yaml`);
        // Terraform's escapes.
        writeFileSync(file, text.replaceAll("$${", "${").replaceAll("%%{", "%{"));
        return ["--values", file];
      });
      const options = ["--namespace", namespace, ...files, ...(take_ownership ? ["--take-ownership"] : [])];
      await this.helm("upgrade", "--install", name, chart, ...options, "--atomic", "--wait");
    }
  }

  async delete(): Promise<void> {
    for (const { name, namespace } of this.releases) await this.helm("uninstall", name, "--namespace", namespace);
  }

  private async helm(...args: string[]): Promise<void> {
    await execa(HELM, ["--kubeconfig", this.kubeconfig, ...args]);
  }
}
