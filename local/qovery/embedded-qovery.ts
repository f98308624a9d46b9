import type { Project } from "../../config/project";
import { qoveryImage } from "../../config/qovery-image";
import type { LocalAws } from "../aws";
import { QoveryApi } from "./api";
import { Engine } from "./engine";
import { Organization } from "./organization";

export interface EmbeddedQoveryOptions {
  readonly project: Project;
  readonly aws: LocalAws;
  /** The command of the packaged verifier, which every job with the verification's image runs. */
  readonly verifier: readonly string[];
  /**
   * Arguments that follow those of each job.
   * @default - those for the embedded AWS: its endpoint is intended, and its IAM has no delay
   */
  readonly lastArguments?: readonly string[];
}

/**
 * Qovery on this machine: its API for the resources of the stacks, and an engine that deploys the environments of the
 * configuration to simulated clusters.
 */
export class EmbeddedQovery {
  private constructor(
    readonly organization: Organization,
    readonly engine: Engine,
    private readonly api: QoveryApi,
  ) {}

  /** @throws Error if no cluster of the configuration names its Qovery environments, or if they are of several organizations */
  static async start({
    project,
    aws,
    verifier,
    lastArguments = ["--allow-endpoint", "--wait", "1s"],
  }: EmbeddedQoveryOptions): Promise<EmbeddedQovery> {
    const named = project.clusters.flatMap(({ name, qovery }) => (qovery ? [{ cluster: name, ...qovery }] : []));
    const [organizationId, ...others] = new Set(named.map((cluster) => cluster.organizationId));
    if (organizationId === undefined) throw new Error("no cluster of the configuration has the key `qovery`");
    if (others.length > 0) throw new Error("the embedded Qovery is one organization, and the clusters name several");
    const environments = named.flatMap(({ cluster, environments: ids }) =>
      Object.entries(ids).map(([namespace, id]) => ({ cluster, namespace, id })),
    );
    const { verification } = project;
    const onQovery = verification.runner === "qovery";
    const registries = onQovery
      ? [{ id: verification.registryId, name: "registry", url: "https://registry.invalid" }]
      : [];
    const organization = new Organization(organizationId, environments, registries);
    const { name, tag } = qoveryImage(onQovery ? verification.image : "");
    const images = new Map(onQovery ? [[`${name}:${tag}`, verifier]] : []);
    const engine = new Engine({ organization, clusters: project.clusters, aws, images, lastArguments });
    return new EmbeddedQovery(organization, engine, await QoveryApi.start(organization, (id) => engine.state(id)));
  }

  get endpoint(): string {
    return this.api.endpoint;
  }

  /** The environment that Qovery's Terraform provider needs to call this API. */
  get environment(): Readonly<Record<string, string>> {
    return { TEST_QOVERY_HOST: this.endpoint, QOVERY_API_URL: this.endpoint, QOVERY_API_TOKEN: "embedded" };
  }

  stop(): Promise<void> {
    return this.api.stop();
  }
}
