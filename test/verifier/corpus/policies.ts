import { AttachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientConfig, type LocalAws } from "../../../local/aws";
import { body, clock, identity, s3Error, stsError } from "./answers";
import type { Fault, RoleInput } from "./fault";
import type { Answer } from "./fault-server";
import { FIX, policy } from "./fixes";
import { NAMESPACE, trusting } from "./names";

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

/** A role that the pod may assume, with one policy of its own. */
function role(name: string, ...statements: object[]): { role: RoleInput; token: (aws: LocalAws) => string } {
  const inline = { name: "own", document: { Version: "2012-10-17", Statement: statements as [] } };
  return {
    role: {
      name,
      trustPolicy: trusting({ subject: `system:serviceaccount:${NAMESPACE}:${name}` }),
      inlinePolicies: statements.length === 0 ? [] : [inline],
    },
    token: (aws) => aws.token("sample", { namespace: NAMESPACE, serviceAccount: name }),
  };
}

const SESSION = "arn:aws:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier";

/** S3's AccessDenied in AWS's own words. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const denied = (because: string) => ({
  server: {
    probe: s3Error(
      403,
      "AccessDenied",
      `User: ${SESSION} is not authorized to perform: s3:ListAllMyBuckets ${because}`,
    ),
  },
});

const ELSEWHERE =
  "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";

/** A bucket of another region: a call that is signed for that region finds it. */
const inUsWest2: Answer = (exchange) => {
  const signed = exchange.request.headers.authorization?.includes("/us-west-2/s3/");
  const list =
    "<ListBucketResult><Contents><Key>a</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents></ListBucketResult>";
  const elsewhere = s3Error(
    301,
    "PermanentRedirect",
    ELSEWHERE,
    { "x-amz-bucket-region": "us-west-2" },
    "<Bucket>far-bucket</Bucket><Endpoint>far-bucket.s3.us-west-2.amazonaws.com</Endpoint>",
  );
  (signed ? body(200, "application/xml", list) : elsewhere)(exchange);
};

const bucket = (name: string) => ["--probe", `s3:bucket:${name}`];

const refused = (status: number, code: string, message: string) => ({
  server: { probe: s3Error(status, code, message) },
});

/** What the role, once assumed, is refused; and who it is. */
export const policyFaults: readonly Fault[] = [
  {
    situation: "no policy is attached to the role",
    ...role("bare-role"),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Access Denied; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("bare-role"),
    core: true,
  },
  {
    situation: "the role's policy allows another action",
    ...role("upload-role", { Effect: "Allow", Action: "s3:PutObject", Resource: "*" }),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Access Denied; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("upload-role"),
  },
  {
    situation: "the role's policy allows the action on one bucket, and the list of buckets is of all",
    ...role("narrow-role", { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::sample-bucket" }),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Access Denied; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("narrow-role"),
    core: true,
  },
  {
    situation: "one of the role's policies denies the action",
    ...role(
      "deny-role",
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Effect: "Deny", Action: "s3:List*", Resource: "*" },
    ),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Access Denied; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("deny-role"),
  },
  {
    situation: "the policy is attached while `--wait` tries again",
    ...role("attached-role"),
    server: {},
    meanwhile: async (aws) => {
      const iam = new IAMClient(clientConfig(aws.environment));
      await iam.send(new AttachRolePolicyCommand({ RoleName: "attached-role", PolicyArn: READ_ONLY }));
      iam.destroy();
    },
    waitMs: 8000,
    attempts: 2,
    code: null,
    exit: 0,
  },
  {
    situation: "S3: no identity-based policy allows it",
    ...denied("because no identity-based policy allows the s3:ListAllMyBuckets action"),
    code: "QV402",
    exit: 1,
    says: "the role's policies do not allow s3:ListAllMyBuckets on *",
    fix: policy("my-s3-role"),
  },
  {
    situation: "S3: an explicit deny in an identity-based policy",
    ...denied("with an explicit deny in an identity-based policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the identity-based policy",
    fix: FIX.deny,
  },
  {
    situation: "S3: no permissions boundary allows it",
    ...denied("because no permissions boundary allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the permissions boundary",
    fix: FIX.boundary,
  },
  {
    situation: "S3: an explicit deny in a permissions boundary",
    ...denied("with an explicit deny in a permissions boundary"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the permissions boundary",
    fix: FIX.boundary,
  },
  {
    situation: "S3: no service control policy allows it",
    ...denied("because no service control policy allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the service control policy",
    fix: FIX.scp,
  },
  {
    situation: "S3: an explicit deny in a service control policy",
    ...denied("with an explicit deny in a service control policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the service control policy",
    fix: FIX.scp,
  },
  {
    situation: "S3: no resource control policy allows it",
    ...denied("because no resource control policy allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the resource control policy",
    fix: FIX.rcp,
  },
  {
    situation: "S3: an explicit deny in a resource control policy",
    ...denied("with an explicit deny in a resource control policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the resource control policy",
    fix: FIX.rcp,
  },
  {
    situation: "S3: no VPC endpoint policy allows it",
    ...denied("because no VPC endpoint policy allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the vpc endpoint policy",
    fix: FIX.vpcEndpoint,
  },
  {
    situation: "S3: an explicit deny in a VPC endpoint policy",
    ...denied("with an explicit deny in a VPC endpoint policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the vpc endpoint policy",
    fix: FIX.vpcEndpoint,
  },
  {
    situation: "S3: no session policy allows it",
    ...denied("because no session policy allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the session policy",
    fix: FIX.session,
  },
  {
    situation: "S3: an explicit deny in a session policy",
    ...denied("with an explicit deny in a session policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the session policy",
    fix: FIX.session,
  },
  {
    situation: "S3: no resource-based policy allows it",
    ...denied("because no resource-based policy allows the s3:ListAllMyBuckets action"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is not allowed by the resource-based policy",
    fix: FIX.bucketPolicy,
  },
  {
    situation: "S3: an explicit deny in a resource-based policy",
    ...denied("with an explicit deny in a resource-based policy"),
    code: "QV403",
    exit: 1,
    says: "s3:ListAllMyBuckets on * is denied explicitly by the resource-based policy",
    fix: FIX.bucketPolicy,
  },
  {
    situation: "S3: an explicit deny, of which no more is said",
    ...denied("with an explicit deny"),
    code: "QV403",
    exit: 1,
    says: "a policy denies s3:ListAllMyBuckets explicitly",
    fix: FIX.someDeny,
  },
  {
    situation: "S3: Access Denied, and no more",
    ...refused(403, "AccessDenied", "Access Denied"),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Access Denied; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("my-s3-role"),
  },
  {
    situation: "S3: AccessDenied in French",
    ...refused(403, "AccessDenied", "Accès refusé"),
    code: "QV402",
    exit: 1,
    says: "AWS says AccessDenied: Accès refusé; the role's policies do not allow s3:ListAllMyBuckets on *; AWS does not say which policy",
    fix: policy("my-s3-role"),
  },
  {
    situation: "the probe's bucket does not exist",
    ...refused(404, "NoSuchBucket", "The specified bucket does not exist"),
    flags: bucket("no-such-bucket"),
    code: "QV404",
    exit: 1,
    says: "AWS says HTTP 404; there is no such bucket, or it is in another region",
    fix: FIX.bucketName,
    core: true,
  },
  {
    situation: "the probe's bucket is in another region",
    flags: bucket("far-bucket"),
    server: { probe: inUsWest2 },
    code: "QV404",
    exit: 1,
    says: "AWS says HTTP 301; the bucket is in us-west-2",
    fix: FIX.bucketRegion,
  },
  {
    situation: "the same, when S3 has not said so everywhere yet: a temporary redirect",
    flags: bucket("new-bucket"),
    server: {
      probe: s3Error(307, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.", {
        "x-amz-bucket-region": "us-west-2",
        location: "https://new-bucket.s3.us-west-2.amazonaws.com/",
      }),
    },
    code: "QV404",
    exit: 1,
    says: "AWS says HTTP 307; the bucket is in us-west-2",
    fix: FIX.bucketRegion,
  },
  {
    situation: "the probe's bucket is somebody else's",
    flags: bucket("foreign-bucket"),
    ...refused(403, "AccessDenied", "Access Denied"),
    code: "QV402",
    exit: 1,
    says: "AWS says HTTP 403; the role's policies do not allow s3:ListBucket on arn:aws:s3:::foreign-bucket; AWS does not say which policy, or the bucket is another account's",
    fix: policy("my-s3-role", "s3:ListBucket on arn:aws:s3:::foreign-bucket"),
  },
  {
    situation: "S3 does not know the new session yet",
    ...refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    code: "QV405",
    exit: 1,
    says: "AWS says InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.",
    fix: FIX.credentials,
  },
  {
    situation: "S3 does not know the new session yet, and then it does, with `--wait`",
    server: {
      probe: [
        s3Error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        ({ pass }) => pass(),
      ],
    },
    waitMs: 8000,
    attempts: 2,
    code: null,
    exit: 0,
  },
  {
    situation: "the session's token is not valid in an opt-in region",
    ...refused(400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
    code: "QV405",
    exit: 1,
    says: "AWS says InvalidToken: The provided token is malformed or otherwise invalid.",
    fix: FIX.credentials,
  },
  {
    situation: "the session has expired by S3's clock",
    ...refused(400, "ExpiredToken", "The provided token has expired."),
    code: "QV405",
    exit: 1,
    says: "AWS says ExpiredToken: The provided token has expired.",
    fix: FIX.credentials,
  },
  {
    situation: "this clock is 10 minutes behind S3's",
    server: {
      probe: (exchange) =>
        s3Error(
          403,
          "RequestTimeTooSkewed",
          "The difference between the request time and the current time is too large.",
          { date: clock(600) },
        )(exchange),
    },
    code: "QV405",
    exit: 1,
    says: "AWS says RequestTimeTooSkewed: The difference between the request time and the current time is too large.",
    fix: FIX.skewed,
  },
  {
    situation: "a proxy changes what was signed",
    ...refused(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    ),
    code: "QV405",
    exit: 1,
    says: "AWS says SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided.",
    fix: FIX.signature,
  },
  {
    situation: "an error code of S3 that is not known",
    ...refused(400, "QuantumEntanglement", "Try another universe."),
    code: "QV499",
    exit: 1,
    says: "AWS says QuantumEntanglement: Try another universe.",
    fix: FIX.unknownProbe,
  },
  {
    situation: "S3 has blocked the account",
    ...refused(403, "AllAccessDisabled", "All access to this object has been disabled"),
    code: "QV499",
    exit: 1,
    says: "AWS says AllAccessDisabled: All access to this object has been disabled",
    fix: FIX.unknownProbe,
  },
  {
    situation: "AWS knows the pod as another role: the node's",
    server: { identity: identity("arn:aws:sts::123456789012:assumed-role/eks-node-role/i-0abc1234567890def") },
    code: "QV401",
    exit: 1,
    says: "AWS knows this pod as arn:aws:sts::123456789012:assumed-role/eks-node-role/i-0abc1234567890def, expected a session of arn:aws:iam::123456789012:role/my-s3-role",
    fix: FIX.identity,
  },
  {
    situation: "AWS knows the pod as the role of the same name in another account",
    server: { identity: identity("arn:aws:sts::210987654321:assumed-role/my-s3-role/qovery-irsa-verifier") },
    code: "QV401",
    exit: 1,
    says: "AWS knows this pod as arn:aws:sts::210987654321:assumed-role/my-s3-role/qovery-irsa-verifier, expected a session of arn:aws:iam::123456789012:role/my-s3-role",
    fix: FIX.identity,
  },
  {
    situation: "AWS knows the pod as a user: static keys stood in",
    server: { identity: identity("arn:aws:iam::123456789012:user/deployer") },
    code: "QV401",
    exit: 1,
    says: "AWS knows this pod as arn:aws:iam::123456789012:user/deployer, expected a session of arn:aws:iam::123456789012:role/my-s3-role",
    fix: FIX.identity,
  },
  {
    situation: "STS rejects the session that it gave",
    server: {
      identity: stsError(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    },
    code: "QV405",
    exit: 1,
    says: "AWS says InvalidClientTokenId: The security token included in the request is invalid.",
    fix: FIX.credentials,
  },
];
