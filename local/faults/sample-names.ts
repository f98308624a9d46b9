import type { Cluster, Role } from "../../config/project";
import { roleArn } from "../../iam/arn";
import { type TrustInput, trustPolicy } from "../../iam/trust-policy";
import { sampleProject } from "../sample";

/** The cluster and the role in the embedded AWS that have no fault. */
const [cluster] = sampleProject().clusters as [Cluster];
const [role] = cluster.roles as [Role];

export const ACCOUNT = cluster.accountId;
export const ISSUER = cluster.oidc.issuer;
export const PROVIDER = cluster.oidc.arn;
export const ROLE = role.arn;
export const NAMESPACE = "z7f3a2b1c-production";
export const SERVICE_ACCOUNT = role.name;
export const SUBJECT = `system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}`;

/** A cluster that was created again: the account has no provider for its issuer. */
export const REBUILT_ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/0000000000000000000000000REBUILT";

/** A cluster whose provider is created late. */
export const LATE_ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/00000000000000000000000000000LATE";

/** A cluster whose provider has an audience that ends with a space. */
export const AUDIENCE_ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/000000000000000000000000AUDIENCE";

export function roleArnOf(name: string, path = "/"): string {
  return roleArn("aws", ACCOUNT, path, name);
}

/** The trust policy that admits the sample's service account, except for the given differences. */
export function trusting(differs: Partial<TrustInput> = {}) {
  return trustPolicy([{ providerArn: PROVIDER, issuer: ISSUER, subjects: [SUBJECT], match: "exact", ...differs }]);
}
