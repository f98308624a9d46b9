/** Keys of eksctl, terraform-aws-iam, AWS CDK and Qovery's module, in lower case without separators. */
const KEYS: Readonly<Record<string, string>> = {
  attachpolicyarns: "policies",
  managedpolicies: "policies",
  managedpolicyarns: "policies",
  policyarns: "policies",
  rolepolicyarns: "policies",
  wellknownpolicies: "policies",
  attachpolicy: "inlinePolicies",
  inlinepolicy: "inlinePolicies",
  boundaryarn: "permissionsBoundary",
  permissionboundaryarn: "permissionsBoundary",
  permissionsboundaryarn: "permissionsBoundary",
  rolepermissionsboundaryarn: "permissionsBoundary",
  serviceaccountname: "serviceAccount",
  namespacename: "namespace",
  createserviceaccount: "createServiceAccount",
  maxduration: "maxSessionDuration",
  rolepath: "path",
  roledescription: "description",
  account: "accountId",
  awsaccountid: "accountId",
  issuerurl: "issuer",
  oidcissuer: "issuer",
  clustername: "clusterName",
};

/** Fixes for keys of other tools that no key replaces. */
const FIXES: Readonly<Record<string, string>> = {
  roleonly: "use createServiceAccount: false if something else creates the service account",
  createnamespace: "remove the key: Qovery creates the namespace of an environment",
  createoidcprovider: "use oidc.provider: create in the file of the cluster",
  labels: "remove the key: the chart of the service accounts supports annotations, but no labels",
  namespaceserviceaccounts:
    "use namespaces and serviceAccounts, which admit every combination, or a role for each pair",
  rolename: "remove the key: the key of the role in roles is its name",
  assumerolepolicy: "remove the key: scope and namespace determine the trust policy",
  trustpolicy: "remove the key: scope and namespace determine the trust policy",
  thumbprint: "remove the key: AWS does not need a thumbprint",
  thumbprints: "remove the key: AWS does not need a thumbprint",
};

/** Returns the fix for a key that other tools use for the same purpose. */
export function foreignKeyFix(key: string, known: readonly string[]): string | undefined {
  const plain = key.toLowerCase().replace(/[_-]/g, "");
  const meant = Object.hasOwn(KEYS, plain) ? KEYS[plain] : undefined;
  if (meant !== undefined && known.includes(meant)) return `did you mean ${meant}?`;
  return Object.hasOwn(FIXES, plain) ? FIXES[plain] : undefined;
}
