import type { Cluster, Project, Role } from "../config/project";
import { oidcProviderArn, roleArn } from "../iam/arn";
import { serviceAccountSubject, trustPolicy } from "../iam/trust-policy";
import { LocalAws } from "./aws";
import { createRoles } from "./roles";
import type { SimulatedPod } from "./simulated-pod";

// One cluster with one role that may list buckets: what a run of the verifier needs where the user's own configuration
// must not matter (warming its code cache, measuring it).

const ACCOUNT = "123456789012";
const ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const NAMESPACE = "z7f3a2b1c-production";
const NAME = "my-s3-role";

export function sampleProject(): Project {
  const provider = oidcProviderArn("aws", ACCOUNT, ISSUER);
  const trust = {
    cluster: "sample",
    providerArn: provider,
    issuer: ISSUER,
    subjects: [serviceAccountSubject(NAMESPACE, NAME)],
    match: "exact" as const,
  };
  const role: Role = {
    name: NAME,
    arn: roleArn("aws", ACCOUNT, "/", NAME),
    cluster: "sample",
    scope: "environment",
    path: "/",
    tags: {},
    managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    inlinePolicies: [],
    trustPolicy: trustPolicy([trust]),
    additionalTrust: [],
    trusts: [trust],
    import: false,
    importPolicies: [],
    importInlinePolicies: [],
    deletionProtection: false,
    exclusivePolicies: true,
    verify: true,
  };
  const cluster: Cluster = {
    name: "sample",
    accountId: ACCOUNT,
    partition: "aws",
    region: "eu-west-3",
    oidc: { issuer: ISSUER, arn: provider, provider: "existing", deletionProtection: true, import: false },
    chart: { name: "qovery-sa-helper" },
    roles: [role],
    serviceAccounts: [],
    tags: {},
  };
  return {
    state: { backend: "s3", bucket: "sample-bucket", region: "eu-west-3", keyPrefix: "" },
    verification: { runner: "none" },
    clusters: [cluster],
    bootstraps: [],
  };
}

/** An embedded AWS that holds the sample's role. */
export async function startSampleAws(): Promise<LocalAws> {
  const project = sampleProject();
  const aws = await LocalAws.start({ project });
  try {
    for (const { roles } of project.clusters) await createRoles(aws, roles);
    return aws;
  } catch (error) {
    await aws.stop();
    throw error;
  }
}

/** The pod of the sample's service account on an embedded AWS that was started with it. */
export function samplePod(aws: LocalAws): SimulatedPod {
  return {
    namespace: NAMESPACE,
    serviceAccount: NAME,
    roleArn: roleArn("aws", ACCOUNT, "/", NAME),
    region: "eu-west-3",
    endpoint: aws.endpoint,
    token: async () => aws.token("sample", { namespace: NAMESPACE, serviceAccount: NAME }),
  };
}
