import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Cluster, StateBackend } from "../config/project";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { ImportBlock } from "./import-block";
import { literal, literals } from "./literal";
import { addAwsProvider } from "./required-providers";
import { ServiceAccountRole } from "./service-account-role";
import { keepState } from "./state";

export interface IamStackProps {
  readonly cluster: Cluster;
  readonly state: StateBackend;
}

/** `<cluster>-iam`: the cluster's OIDC provider (created, or looked up) and every role of the cluster. */
export class IamStack extends TerraformStack {
  constructor(scope: Construct, { cluster, state }: IamStackProps) {
    super(scope, `${cluster.name}-iam`);
    keepState(this, state);
    addAwsProvider(this, cluster);
    if (cluster.oidc.provider === "create") this.createProvider(cluster);
    else this.lookUpProvider(cluster);
    for (const role of cluster.roles) new ServiceAccountRole(this, `role-${role.name}`, { role });
  }

  private createProvider({ oidc, tags }: Cluster): void {
    const provider = new IamOpenidConnectProvider(this, "oidc-provider", {
      url: literal(oidc.issuer),
      clientIdList: [STS_AUDIENCE],
      // No thumbprints: AWS trusts the certificate authorities of EKS issuers, and a pinned thumbprint breaks at renewal.
      tags: literals(tags),
      // Without the provider every role of the cluster stops working, including roles of other stacks.
      lifecycle: { preventDestroy: oidc.deletionProtection },
    });
    if (oidc.import) new ImportBlock(provider, literal(oidc.arn));
  }

  /**
   * Looks the provider up, so that the plan fails if the provider does not exist. Qovery creates the provider of a cluster
   * that it manages, and the cluster's add-ons depend on it: in this state, `terraform destroy` would break the cluster.
   */
  private lookUpProvider({ name, oidc }: Cluster): void {
    const provider = new DataAwsIamOpenidConnectProvider(this, "oidc-provider", { arn: literal(oidc.arn) });
    provider.addOverride("lifecycle.postcondition", [
      {
        condition: `\${contains(self.client_id_list, "${STS_AUDIENCE}")}`,
        error_message: literal(
          `The OIDC provider ${oidc.arn} of cluster ${name} does not accept tokens for ${STS_AUDIENCE}. Add ${STS_AUDIENCE} to its audiences: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${oidc.arn} --client-id ${STS_AUDIENCE}`,
        ),
      },
    ]);
  }
}
