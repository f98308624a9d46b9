import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformLocal, TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Cluster, ClusterAccess, StateBackend } from "../config/project";
import { INPUTS_LABEL, inputsOf, MANAGED_BY, type Proof, proofsOf, ROLE_ANNOTATION } from "../config/proofs";
import { connect } from "./cluster-access";
import {
  ATTEMPT_LABEL,
  accountExists,
  gateName,
  type JobExpressions,
  jobExpressions,
  namespaceLocals,
  provenBy,
  RETRY,
} from "./gate";
import { literal } from "./literal";
import { requireProvider } from "./required-providers";
import { keepState } from "./state";

/** Seconds from a Job's creation to its end: a node can have to start and the image to be pulled first. */
const DEADLINE = 300;

export interface VerificationStackProps {
  readonly cluster: Cluster;
  readonly kubernetes: ClusterAccess;
  /** The verifier's image. */
  readonly image: string;
  readonly state: StateBackend;
}

/**
 * `<cluster>-verification`: runs the verifier in the cluster, as a Job for each proof, and fails the apply with the
 * verifier's words if a proof fails.
 */
export class VerificationStack extends TerraformStack {
  constructor(scope: Construct, props: VerificationStackProps) {
    super(scope, `${props.cluster.name}-verification`);
    const { cluster, kubernetes, image, state } = props;
    keepState(this, state);
    requireProvider(this, "kubernetes");
    new KubernetesProvider(this, "kubernetes", connect(this, cluster, kubernetes));
    const proofs = proofsOf(cluster);
    for (const namespace of new Set(proofs.map(({ account }) => account.namespace))) {
      const own = proofs.filter(({ account }) => account.namespace === namespace);
      this.verify(namespace, own, cluster.name, image);
    }
  }

  /**
   * Adds the proofs of a namespace, and the lists that their gates read. Terraform keeps whole objects of a list in the
   * state, so only the list that proves success holds every Job.
   */
  private verify(namespace: string, proofs: readonly Proof[], cluster: string, image: string): void {
    const scope = new Construct(this, `lists_${namespace}`);
    const list = (id: string, apiVersion: string, kind: string, options: object) => {
      const data = new DataKubernetesResources(scope, id, { apiVersion, kind, namespace, ...options });
      return `data.kubernetes_resources.${data.friendlyUniqueId}.objects`;
    };
    const ours = { labelSelector: selector(MANAGED_BY) };
    const before = {
      accounts: list("accounts", "v1", "ServiceAccount", {}),
      open: list("open", "batch/v1", "Job", { ...ours, fieldSelector: "status.successful=0" }),
      retries: list("retries", "batch/v1", "Job", {
        labelSelector: selector({ ...MANAGED_BY, [ATTEMPT_LABEL]: RETRY }),
      }),
    };
    const accounts = Map.groupBy(proofs, ({ account }) => account);
    const dependsOn = [...accounts.values()].flatMap((own) => this.proveAccount(own, cluster, image));
    const after = {
      ended: list("ended", "batch/v1", "Job", { ...ours, dependsOn }),
      pods: list("pods", "v1", "Pod", { ...ours, fieldSelector: "status.phase!=Succeeded", dependsOn }),
      warnings: list("warnings", "v1", "Event", { fieldSelector: "type=Warning", dependsOn }),
    };
    const locals = namespaceLocals(namespace, { ...before, ...after });
    for (const [name, expression] of Object.entries(locals)) new TerraformLocal(this, name, expression);
  }

  /**
   * Adds the proofs of a service account, one after the other. The neighbour comes first and its Job last: the EKS webhook
   * injects nothing into a Pod if its cache does not have the service account yet, and STS also denies a new role that has
   * not propagated yet, which only a proof of access notices.
   * Source: https://github.com/aws/amazon-eks-pod-identity-webhook/issues/174
   */
  private proveAccount(proofs: readonly Proof[], cluster: string, image: string): Manifest[] {
    const added = proofs.filter(({ kind }) => kind === "isolation").map((proof) => this.createNeighbour(proof));
    for (const proof of proofs) added.push(this.prove(proof, cluster, image, [...added]));
    return added;
  }

  /** Adds a proof's Job and the output that is its gate. */
  private prove(proof: Proof, cluster: string, image: string, dependsOn: Manifest[]): Manifest {
    const name = gateName(proof);
    const inputs = inputsOf(proof, image);
    const expressions = jobExpressions(proof, inputs);
    new TerraformLocal(this, `job_${name}`, expressions.name);
    const scope = new Construct(this, name);
    const job = new Manifest(scope, "job", {
      manifest: jobManifest(proof, { ...expressions, name: `\${local.job_${name}}` }, inputs, image),
      // The API server adds to these, and Terraform would call the result inconsistent.
      computedFields: [
        "metadata.labels",
        "metadata.annotations",
        "metadata.finalizers",
        "spec.template.metadata.labels",
      ],
      // Any condition ends the wait: a failed Job is the gate's matter, not an error of the resource.
      wait: { fields: { "status.conditions[0].type": ".+" } },
      timeouts: { create: `${DEADLINE + 60}s`, delete: "120s" },
      dependsOn,
      ...(proof.kind === "access" ? { lifecycle: { precondition: [accountExists(proof, cluster)] } } : {}),
    });
    const output = new TerraformOutput(scope, name, { staticId: true, value: "proven" });
    // cdktf does not synthesize the property precondition of an output.
    output.addOverride("precondition", provenBy(proof, inputs, cluster));
    return job;
  }

  /** Adds the service account that an isolation proof runs as: annotated with the role, and not declared. */
  private createNeighbour({ account, runAs, role }: Proof): Manifest {
    return new Manifest(new Construct(this, `neighbour_${account.namespace}_${runAs}`), "account", {
      manifest: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          name: runAs,
          namespace: account.namespace,
          labels: MANAGED_BY,
          annotations: { [ROLE_ANNOTATION]: literal(role.arn) },
        },
        automountServiceAccountToken: false,
      },
    });
  }
}

function selector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** Returns a Job that the Pod Security level `restricted` admits. */
function jobManifest(proof: Proof, { name, attempt }: JobExpressions, inputs: string, image: string) {
  const { namespace } = proof.account;
  const labels = { ...MANAGED_BY, "qovery-irsa/proof": proof.name, [INPUTS_LABEL]: inputs };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      labels: { ...labels, [ATTEMPT_LABEL]: attempt },
      // Without foreground deletion, a replaced Job leaves its Pods behind.
      finalizers: ["foregroundDeletion"],
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: DEADLINE,
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: proof.runAs,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          restartPolicy: "Never",
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "verifier",
              image,
              args: proof.args.map(literal),
              env: [{ name: "QOVERY_KUBERNETES_NAMESPACE_NAME", value: namespace }],
              resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "32Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              terminationMessagePolicy: "FallbackToLogsOnError",
            },
          ],
        },
      },
    },
  };
}
