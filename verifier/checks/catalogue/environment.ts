import {
  ANNOTATE,
  ARGUMENTS,
  type CatalogueEntry,
  CLUSTER_FILE,
  DEPLOY_ALL,
  deleteOnQovery,
  REDEPLOY,
  SCOPES,
  type Values,
} from "./entry";

const EKS_IRSA =
  "[EKS: configure pods to use a service account](https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html)";
const WEBHOOK =
  "[webhook: addEnvToContainer](https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go)";
const CREDENTIALS =
  "[SDKs: credential providers](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)";

/** QV1xx: the variables of the pod. */
export const environment = {
  QV101: {
    category: "environment",
    title: "AWS_ROLE_ARN or AWS_WEB_IDENTITY_TOKEN_FILE is set",
    failure: "neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set",
    exit: 1,
    meaning:
      "The EKS webhook injected nothing into the pod. The service runs as the service account `default`, or the service account had no annotation when the pod was created, or the webhook was not ready when the pod was created. The detail names the service account if the token of the Kubernetes API is mounted, as in lifecycle jobs.",
    fixes: {
      setServiceAccount: ({ role }: Values<"role">) =>
        `Find the service account in ${CLUSTER_FILE}: it is the serviceAccount of ${role} (by default, the name of the role). On Qovery, compare \`security.service_account_name\` in Settings > Advanced settings of the service that wrote this report, and of the application. If it differs: set it, ${REDEPLOY}.`,
      helm: `If the service is a Helm service, for which this setting has no effect: set the service account in the values of its chart, usually serviceAccount.name (and serviceAccount.create: false if something else creates it), ${REDEPLOY}.`,
      annotate: ({ name, namespace }: Values<"name" | "namespace">) =>
        `If the setting is right: look at the annotations of the service account with \`kubectl get serviceaccount ${name} -n ${namespace} -o yaml\`. If eks.amazonaws.com/role-arn is missing: ${ANNOTATE}, ${REDEPLOY}.`,
      redeploy:
        "If the service account and its annotation are right: redeploy the service, because the EKS webhook applies an annotation only to new pods.",
    },
    ask: "cluster",
    source: `${EKS_IRSA}, [webhook#174](https://github.com/aws/amazon-eks-pod-identity-webhook/issues/174)`,
  },
  QV102: {
    category: "environment",
    title: "AWS_WEB_IDENTITY_TOKEN_FILE is set in addition to AWS_ROLE_ARN",
    failure: "only AWS_ROLE_ARN is set",
    exit: 1,
    meaning:
      "A user set `AWS_ROLE_ARN` on the service, its environment or its project. The EKS webhook then injects neither variable.",
    fixes: {
      delete: `${deleteOnQovery("AWS_ROLE_ARN")} The annotation of the service account names the role.`,
    },
    source: WEBHOOK,
  },
  QV103: {
    category: "environment",
    title: "AWS_ROLE_ARN is set in addition to AWS_WEB_IDENTITY_TOKEN_FILE",
    failure: "only AWS_WEB_IDENTITY_TOKEN_FILE is set",
    exit: 1,
    meaning:
      "A user set `AWS_WEB_IDENTITY_TOKEN_FILE` on the service, its environment or its project. The EKS webhook then injects neither variable.",
    fixes: { delete: deleteOnQovery("AWS_WEB_IDENTITY_TOKEN_FILE") },
    source: WEBHOOK,
  },
  QV104: {
    category: "environment",
    title: "AWS_ROLE_ARN is the ARN of an IAM role",
    failure: "AWS_ROLE_ARN is not the ARN of an IAM role",
    exit: 1,
    meaning:
      "The annotation of the service account is not the ARN of an IAM role: it has quotes or spaces, or it is the ARN of another resource. The EKS webhook injects the value unchecked.",
    fixes: {
      deploy: `To write the role's ARN into the annotation eks.amazonaws.com/role-arn: ${ANNOTATE}, ${REDEPLOY}. \`npm run check\` prints the ARN.`,
    },
    ask: "cluster",
    source: "[IAM: ARNs](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)",
  },
  QV105: {
    category: "environment",
    title: "AWS_ROLE_ARN is the expected role",
    failure: "AWS_ROLE_ARN is not the expected role",
    exit: 1,
    meaning:
      "The role of the pod differs from the role that `--role-arn` names: the annotation names another role, or the annotation changed after the pod started.",
    fixes: {
      redeploy: "Redeploy the service: a running pod keeps the role that the annotation named when the pod started.",
      deploy: `If the pod still has the wrong role: ${ANNOTATE}, ${REDEPLOY}. The annotation then names the role of ${CLUSTER_FILE}.`,
      expected: `If the pod has the right role, and \`--role-arn\` is wrong: correct \`--role-arn\` in ${ARGUMENTS}.`,
    },
    ask: "cluster",
    source: EKS_IRSA,
  },
  QV106: {
    category: "environment",
    title: "AWS_REGION is set to an AWS region",
    failure: "AWS_REGION is not set to an AWS region",
    exit: 1,
    meaning:
      "`AWS_REGION` is not set, or its value is not a region. The EKS webhook sets `AWS_REGION` and `AWS_DEFAULT_REGION` together, and sets neither if a user set one of them.",
    fixes: {
      injectFirst: "Fix QV101 first: the EKS webhook sets AWS_REGION when it injects the role.",
      delete: deleteOnQovery("AWS_REGION and AWS_DEFAULT_REGION"),
      set: `If the service needs another region, set AWS_REGION to a region such as eu-west-3, ${REDEPLOY}.`,
    },
    source: "[SDKs: region](https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html)",
  },
  QV107: {
    category: "environment",
    title: "the role and the region are in the same partition",
    failure: "the role and the region are in different partitions",
    exit: 1,
    meaning:
      "The role and the region are in different AWS partitions (such as `aws` and `aws-cn`). No credentials are valid in two partitions.",
    fixes: {
      variable: `If a user set AWS_REGION: on Qovery, delete AWS_REGION and AWS_DEFAULT_REGION ${SCOPES}, ${REDEPLOY}.`,
      role: `Otherwise, use a role of the cluster's partition: correct accountId and oidc.issuer in ${CLUSTER_FILE}, ${DEPLOY_ALL}, ${REDEPLOY}.`,
    },
    ask: "aws",
    source:
      "[AWS partitions](https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html)",
  },
  QV108: {
    category: "environment",
    title: "EKS Pod Identity does not replace IRSA",
    failure: "EKS Pod Identity replaces IRSA",
    exit: 1,
    meaning:
      "The service account has an EKS Pod Identity association, so the EKS webhook injects Pod Identity instead of IRSA: `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set, and `AWS_ROLE_ARN` is not.",
    fixes: {
      remove: `To use IRSA: find the association of the service account with \`aws eks list-pod-identity-associations --cluster-name NAME\`, delete the association with \`aws eks delete-pod-identity-association\`, ${REDEPLOY}.`,
      keep: `To keep Pod Identity: remove the role from ${CLUSTER_FILE}.`,
    },
    ask: "aws",
    source: "[EKS Pod Identity](https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html)",
  },
  QV120: {
    category: "environment",
    title: "no static keys are set",
    failure: "static keys are set",
    exit: 0,
    meaning:
      "Static keys are set. The SDK of the application uses the keys instead of the role, so the verdict does not apply to the application. Older SDKs also read `AWS_ACCESS_KEY` and `AWS_SECRET_KEY`. The detail names the variables, never their values.",
    fixes: { delete: ({ names }: Values<"names">) => deleteOnQovery(names) },
    source: CREDENTIALS,
  },
  QV121: {
    category: "environment",
    title: "no AWS profile is set",
    failure: "an AWS profile is set",
    exit: 0,
    meaning:
      "`AWS_PROFILE` is set, or a shared configuration file contains a profile or credentials, or is not a configuration file. The SDK of the application can use a profile instead of the role, or fail.",
    fixes: {
      variable: deleteOnQovery("AWS_PROFILE and AWS_DEFAULT_PROFILE"),
      file: ({ file }: Values<"file">) =>
        `Delete ${file}, or the profiles and credentials in this file, from the image, ${REDEPLOY}.`,
    },
    source: CREDENTIALS,
  },
  QV122: {
    category: "environment",
    title: "no variable redirects the calls to AWS",
    failure: "a variable redirects the calls to AWS",
    exit: 0,
    explains: ["QV399", "QV401", "QV404", "QV405", "QV499", "QV5"],
    meaning:
      "A variable redirects the calls of AWS SDKs to another endpoint, such as an emulator or a VPC endpoint. The verdict applies to that endpoint.",
    fixes: {
      delete: ({ names }: Values<"names">) =>
        `If the pod must call AWS itself: on Qovery, delete ${names} ${SCOPES}, ${REDEPLOY}.`,
      allow: `If the other endpoint is intended: add \`--allow-endpoint\` to ${ARGUMENTS}.`,
    },
    source: "[SDKs: endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)",
  },
  QV123: {
    category: "environment",
    title: "all SDKs use the same region and STS endpoint",
    failure: "SDKs use different regions or STS endpoints",
    exit: 0,
    explains: ["QV308", "QV404", "QV501"],
    meaning:
      "`AWS_STS_REGIONAL_ENDPOINTS=legacy` makes older SDKs call the global STS endpoint, which a private cluster may not reach. Or `AWS_REGION` and `AWS_DEFAULT_REGION` differ: some SDKs read one, some read the other.",
    fixes: {
      delete: `${deleteOnQovery("AWS_STS_REGIONAL_ENDPOINTS, AWS_REGION and AWS_DEFAULT_REGION")} The EKS webhook sets all three.`,
    },
    source:
      "[SDKs: regional STS endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html)",
  },
  QV124: {
    category: "environment",
    title: "no variable breaks the application's own call to STS",
    failure: "a variable breaks the application's own call to STS",
    exit: 0,
    explains: ["QV503"],
    meaning:
      "A variable makes the application's own call fail, although the verifier's call succeeds: `AWS_ROLE_SESSION_NAME` contains characters that STS rejects, or `AWS_CA_BUNDLE` does not trust AWS. SDKs that read `AWS_CA_BUNDLE` trust only the authorities in the file.",
    fixes: {
      sessionName: `On Qovery, set AWS_ROLE_SESSION_NAME ${SCOPES} to 2 to 64 letters, digits and =,.@_+-, or delete the variable; ${REDEPLOY}.`,
      bundle: `On Qovery, delete AWS_CA_BUNDLE ${SCOPES}, or add the certificate authorities of AWS to the file; ${REDEPLOY}.`,
    },
    source: "[SDKs: general settings](https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html)",
  },
} as const satisfies Record<string, CatalogueEntry>;
