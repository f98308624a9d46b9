import { WEBHOOK_TOKEN } from "../../pod/view";
import {
  ARGUMENTS,
  type CatalogueEntry,
  CLUSTER_FILE,
  DEPLOY_IAM,
  REDEPLOY,
  SCOPES,
  SYNC_CLOCK,
  type Values,
} from "./entry";

const STS_TOKEN =
  "[STS: AssumeRoleWithWebIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)";
const EKS_IRSA =
  "[EKS: IAM roles for service accounts](https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html)";

const OWN_FILE = `If a user set AWS_WEB_IDENTITY_TOKEN_FILE: on Qovery, delete the variable ${SCOPES}, ${REDEPLOY}.`;
const NEW_TOKEN = "Redeploy the service: a new pod gets a new token.";

/** QV2xx: the content of the token. */
export const token = {
  QV201: {
    category: "token",
    title: "the token file exists",
    failure: "the token file does not exist",
    exit: 1,
    meaning: "The file that `AWS_WEB_IDENTITY_TOKEN_FILE` names does not exist.",
    fixes: {
      path: OWN_FILE,
      skip: `If the pod has the annotation eks.amazonaws.com/skip-containers, which keeps the token from the containers that it names: remove the annotation, ${REDEPLOY}.`,
    },
    source: "[webhook](https://github.com/aws/amazon-eks-pod-identity-webhook#readme)",
  },
  QV202: {
    category: "token",
    title: "the token file is readable",
    failure: "the token file is not readable",
    exit: 1,
    meaning:
      "The user of the container has no permission to read the token file, or the path is not a regular file (a folder, a pipe, a device, a circular link).",
    fixes: {
      user: "Run the container as the USER of its image, and redeploy the service: since Kubernetes 1.19 the kubelet makes the mounted token readable for that user, without fsGroup. If the variable names a copy of the token, use the mounted token instead of the copy.",
      path: OWN_FILE,
    },
    source: "[webhook#8](https://github.com/aws/amazon-eks-pod-identity-webhook/issues/8)",
  },
  QV203: {
    category: "token",
    title: "the token has a valid length",
    failure: "the token is empty or too long",
    exit: 1,
    meaning:
      "The token file is empty, or longer than 20,000 characters, the limit of STS. Another file is mounted at the path.",
    fixes: { path: OWN_FILE, redeploy: NEW_TOKEN },
    source: STS_TOKEN,
  },
  QV204: {
    category: "token",
    title: "the token is a JWT",
    failure: "the token is not a JWT",
    exit: 1,
    meaning:
      "The content of the token file is not a JSON Web Token with an issuer and an expiry: another file is mounted, or the token ends with white space.",
    fixes: { redeploy: NEW_TOKEN, path: OWN_FILE },
    source: "RFC 7519",
  },
  QV205: {
    category: "token",
    title: "the token has not expired",
    failure: "the token has expired",
    exit: 1,
    meaning:
      "The token has expired: the pod uses a copy of the token, or the kubelet could not renew the token, or the clock is ahead.",
    fixes: {
      copy: "Read the mounted file at each use and keep no copy: the kubelet renews the mounted token.",
      redeploy: NEW_TOKEN,
      clock:
        "If the clock of the node is wrong: fix its time synchronization (chrony on EKS nodes), or replace the node.",
    },
    source:
      "[Kubernetes: projected tokens](https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection)",
  },
  QV206: {
    category: "token",
    title: "the token is already valid",
    failure: "the token is not valid yet",
    exit: 1,
    meaning: "According to the clock of the node, the token is not valid yet: the clock is behind.",
    fixes: { clock: SYNC_CLOCK },
    ask: "cluster",
    source: "RFC 7519, section 4.1.5",
  },
  QV207: {
    category: "token",
    title: "the token's audience includes sts.amazonaws.com",
    failure: "the token's audience does not include sts.amazonaws.com",
    exit: 1,
    meaning:
      "The token is not for STS: it is the token of the Kubernetes API, or the service account has the annotation `eks.amazonaws.com/audience`.",
    fixes: {
      path: OWN_FILE,
      annotation: `If the service account has the annotation eks.amazonaws.com/audience: remove the annotation with \`kubectl annotate serviceaccount NAME -n NAMESPACE eks.amazonaws.com/audience-\`, ${REDEPLOY}.`,
    },
    ask: "cluster",
    source: EKS_IRSA,
  },
  QV208: {
    category: "token",
    title: "the token's issuer is the expected one",
    failure: "the token's issuer is not the expected one",
    exit: 1,
    meaning:
      "The token is from a different cluster than the cluster that `--issuer` names, or the cluster was created again.",
    fixes: {
      issuer: ({ issuer }: Values<"issuer">) =>
        `If the cluster was created again: set oidc.issuer to ${issuer} in ${CLUSTER_FILE}, then ${DEPLOY_IAM}.`,
      expected: `If the verifier runs in the right cluster, and \`--issuer\` is wrong: correct \`--issuer\` in ${ARGUMENTS}.`,
    },
    ask: "aws",
    source:
      "[EKS: OIDC provider](https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html)",
  },
  QV209: {
    category: "token",
    title: "the token's subject is a service account of this environment",
    failure: "the token's subject is not a service account of this environment",
    exit: 1,
    meaning:
      "The subject of the token is not a service account, or a service account in another namespace than `QOVERY_KUBERNETES_NAMESPACE_NAME`.",
    fixes: {
      path: OWN_FILE,
      namespace: `If a user set QOVERY_KUBERNETES_NAMESPACE_NAME: on Qovery, delete the variable ${SCOPES}, ${REDEPLOY}. Qovery sets the variable for each environment.`,
    },
    source:
      "[Qovery: built-in variables](https://hub.qovery.com/docs/using-qovery/configuration/environment-variable/)",
  },
  QV210: {
    category: "token",
    title: "the token is not a legacy service account token",
    failure: "the token is a legacy service account token",
    exit: 1,
    meaning:
      "The token has no expiry and no audience: it is a legacy token from a Secret, not the token that the EKS webhook projects. STS accepts only tokens of the cluster's OIDC issuer with an expiry and an audience.",
    fixes: {
      path: OWN_FILE,
      mount: `If a Secret is mounted at ${WEBHOOK_TOKEN}: remove the Secret from the service, ${REDEPLOY}. The EKS webhook mounts the right token there if the service account has the annotation eks.amazonaws.com/role-arn.`,
    },
    ask: "cluster",
    source:
      "[Kubernetes: legacy tokens](https://kubernetes.io/docs/concepts/security/service-accounts/#authenticating-credentials)",
  },
  QV221: {
    category: "token",
    title: "the clock agrees with AWS's clock",
    failure: "the clock differs from AWS's clock",
    exit: 0,
    explains: ["QV205", "QV206", "QV304", "QV305", "QV405"],
    meaning:
      "The clock of the node and the `Date` header of AWS differ by more than 60 seconds. AWS rejects signed calls if the difference is 5 minutes or more.",
    fixes: { clock: SYNC_CLOCK },
    ask: "cluster",
    source:
      "[IAM: signature troubleshooting](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)",
  },
} as const satisfies Record<string, CatalogueEntry>;
