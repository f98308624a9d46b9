import type { Project } from "../../config/project";
import { oidcProviderArn } from "../../iam/arn";
import type { AwsCall } from "../../local/front";

/** A request that IAM decides about. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values. */
  readonly context: Readonly<Record<string, string>>;
}

const ACCOUNT = "123456789012";

/** Sub-resources of a bucket in the URL of a call, and the names of their actions. */
const BUCKET_ACTIONS: Readonly<Record<string, string>> = {
  "list-type": "ListBucket",
  policy: "BucketPolicy",
  policyStatus: "GetBucketPolicyStatus",
  acl: "BucketAcl",
  cors: "BucketCORS",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
  logging: "BucketLogging",
  lifecycle: "LifecycleConfiguration",
  replication: "ReplicationConfiguration",
  encryption: "EncryptionConfiguration",
  "object-lock": "BucketObjectLockConfiguration",
  accelerate: "AccelerateConfiguration",
  requestPayment: "BucketRequestPayment",
  tagging: "BucketTagging",
  publicAccessBlock: "BucketPublicAccessBlock",
  ownershipControls: "BucketOwnershipControls",
  location: "BucketLocation",
};

/** Returns the requests for permission of recorded calls, with the resources' complete ARNs. */
export class Requests {
  /** The boundary that each role has at the moment of a call. */
  private readonly boundaries = new Map<string, string>();

  constructor(private readonly project: Project) {}

  /** Returns undefined for calls that need no permission. */
  of({ service, method, url, parameters }: AwsCall): Request | undefined {
    if (service === "iam") return this.ofIam(parameters);
    if (service === "s3") return ofS3(method, url);
    if (service === "eks" && /^\/clusters\/[^/]+$/.test(url.pathname)) {
      const name = url.pathname.slice("/clusters/".length);
      return {
        action: "eks:DescribeCluster",
        resource: `arn:aws:eks:eu-west-3:${ACCOUNT}:cluster/${name}`,
        context: {},
      };
    }
    // Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    if (service === "sts" && parameters.get("Action") === "GetCallerIdentity") return undefined;
    throw new Error(`unexpected call of ${service}: ${method} ${url} ${parameters}`);
  }

  private ofIam(parameters: URLSearchParams): Request {
    const action = parameters.get("Action") ?? "";
    const name = parameters.get("RoleName");
    const policy = parameters.get("PolicyArn");
    if (name === null) return { action: `iam:${action}`, resource: arnOf(parameters), context: {} };
    const boundary = parameters.get("PermissionsBoundary") ?? this.boundaries.get(name);
    if (action === "CreateRole" || action === "PutRolePermissionsBoundary") this.boundaries.set(name, boundary ?? "");
    if (action === "DeleteRolePermissionsBoundary") this.boundaries.delete(name);
    const context = {
      ...(boundary ? { "iam:PermissionsBoundary": boundary } : {}),
      ...(policy ? { "iam:PolicyARN": policy } : {}),
    };
    return { action: `iam:${action}`, resource: this.arnOf(name), context };
  }

  private arnOf(role: string): string {
    const roles = this.project.clusters.flatMap((cluster) => cluster.roles);
    return roles.find(({ name }) => name === role)?.arn ?? `arn:aws:iam::${ACCOUNT}:role/${role}`;
  }
}

/** Returns the ARN of the OIDC provider or the policy of a call. */
function arnOf(parameters: URLSearchParams): string {
  const [url, policy] = [parameters.get("Url"), parameters.get("PolicyName")];
  if (url !== null) return oidcProviderArn("aws", ACCOUNT, url);
  if (policy !== null) return `arn:aws:iam::${ACCOUNT}:policy/${policy}`;
  return parameters.get("OpenIDConnectProviderArn") ?? parameters.get("PolicyArn") ?? "";
}

function ofS3(method: string, { pathname, searchParams }: URL): Request {
  const [, bucket = "", key = ""] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname)) ?? [];
  const resource = `arn:aws:s3:::${bucket}${key && `/${key}`}`;
  const verb = { GET: "Get", HEAD: "Get", PUT: "Put", DELETE: "Delete" }[method] ?? method;
  if (key) return { action: `s3:${verb}Object`, resource, context: {} };
  const found = Object.keys(BUCKET_ACTIONS).find((name) => searchParams.has(name));
  const name = BUCKET_ACTIONS[found ?? ""];
  if (name === undefined) {
    return {
      action: { PUT: "s3:CreateBucket", DELETE: "s3:DeleteBucket" }[method] ?? "s3:ListBucket",
      resource,
      context: {},
    };
  }
  return { action: `s3:${/^(List|Get)/.test(name) ? name : verb + name}`, resource, context: {} };
}
