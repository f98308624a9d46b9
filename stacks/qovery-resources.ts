import { TerraformProvider, TerraformResource } from "cdktf";
import type { Construct } from "constructs";

// The resources of Qovery's Terraform provider that the stacks use. cdktf has no binding for this provider.
// Source: https://registry.terraform.io/providers/Qovery/qovery/latest/docs

const GENERATOR = { providerName: "qovery" };

/** The provider. The token comes from the environment variable QOVERY_API_TOKEN only. */
export class QoveryProvider extends TerraformProvider {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: "qovery",
      terraformGeneratorMetadata: GENERATOR,
      terraformProviderSource: "qovery/qovery",
    });
  }
}

/** A resource with the arguments of its configuration. Texts are Terraform's: pass a user's text through `literal`. */
abstract class QoveryResource extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    type: string,
    private readonly config: object,
  ) {
    super(scope, id, { terraformResourceType: type, terraformGeneratorMetadata: GENERATOR });
  }

  get id(): string {
    return this.getStringAttribute("id");
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.config };
  }
}

export interface QoveryHelmRepositoryConfig {
  readonly organization_id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: "HTTPS" | "OCI_GENERIC_CR";
  readonly url: string;
  readonly skip_tls_verification: boolean;
}

/** A Helm repository of an organization. */
export class QoveryHelmRepository extends QoveryResource {
  constructor(scope: Construct, id: string, config: QoveryHelmRepositoryConfig) {
    super(scope, id, "qovery_helm_repository", config);
  }
}

export interface QoveryDeploymentStageConfig {
  readonly environment_id: string;
  readonly name: string;
  readonly description: string;
  /** The id of the stage that this one directly follows. @default - the position that Qovery gives a new stage */
  readonly is_after?: string;
}

/** A stage of an environment's deployment: services of earlier stages are deployed first. */
export class QoveryDeploymentStage extends QoveryResource {
  constructor(scope: Construct, id: string, config: QoveryDeploymentStageConfig) {
    super(scope, id, "qovery_deployment_stage", config);
  }
}

export interface QoveryHelmConfig {
  readonly environment_id: string;
  readonly name: string;
  readonly description: string;
  readonly allow_cluster_wide_resources: boolean;
  readonly source: {
    readonly helm_repository: {
      readonly helm_repository_id: string;
      readonly chart_name: string;
      readonly chart_version: string;
    };
  };
  /** All three maps, since the provider reports an inconsistent result if one is absent. */
  readonly values_override: {
    readonly set: Readonly<Record<string, string>>;
    readonly set_string: Readonly<Record<string, string>>;
    readonly set_json: Readonly<Record<string, string>>;
  };
  readonly deployment_stage_id: string;
}

/** A Helm service of an environment. */
export class QoveryHelm extends QoveryResource {
  constructor(scope: Construct, id: string, config: QoveryHelmConfig) {
    super(scope, id, "qovery_helm", config);
  }
}

interface Command {
  readonly arguments: readonly string[];
}

export interface QoveryJobConfig {
  readonly environment_id: string;
  readonly name: string;
  /** A lifecycle job, or a cron job with a schedule in UTC. */
  readonly schedule:
    | { readonly on_start: Command }
    | { readonly cronjob: { readonly schedule: string; readonly command: Command } };
  readonly source: {
    readonly image: { readonly registry_id: string; readonly name: string; readonly tag: string };
  };
  readonly healthchecks: Readonly<Record<string, never>>;
  /** Thousandths of a CPU. */
  readonly cpu: number;
  /** Megabytes. */
  readonly memory: number;
  readonly max_duration_seconds: number;
  readonly max_nb_restart: number;
  /** Compact JSON with sorted keys, since every plan shows a change otherwise. */
  readonly advanced_settings_json: string;
  readonly deployment_stage_id: string;
}

/** A lifecycle or cron job of an environment. */
export class QoveryJob extends QoveryResource {
  constructor(scope: Construct, id: string, config: QoveryJobConfig) {
    super(scope, id, "qovery_job", config);
  }
}
