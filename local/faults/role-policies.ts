import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { withIam } from "../administrator";
import type { LocalAws } from "../aws";
import { assumed, body, clock, identity, s3Error, stsError } from "./answers";
import { type Fault, fault, type Setup } from "./fault";
import type { Answer } from "./fault-server";
import { NAMESPACE, ROLE, trusting } from "./sample-names";

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const LIST_ALL = "s3:ListAllMyBuckets";

/** A role that the pod can assume, with one inline policy. */
function role(name: string, ...statements: object[]): Setup {
  const document = { Version: "2012-10-17" as const, Statement: statements as [] };
  return {
    role: {
      name,
      trustPolicy: trusting({ subjects: [`system:serviceaccount:${NAMESPACE}:${name}`] }),
      inlinePolicies: statements.length === 0 ? [] : [{ name: "own", document }],
    },
    token: (aws: LocalAws) => aws.token("sample", { namespace: NAMESPACE, serviceAccount: name }),
    shows: [LIST_ALL, name],
  };
}

const allow = (Action: string, Resource = "*") => ({ Effect: "Allow", Action, Resource });

const refused = (status: number, code: string, message: string): Setup => ({
  server: { probe: s3Error(status, code, message) },
  shows: code,
});

/** S3's AccessDenied. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const denied = (because: string, ...shows: string[]): Setup => ({
  ...refused(
    403,
    "AccessDenied",
    `User: arn:aws:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier is not authorized to perform: ${LIST_ALL} ${because}`,
  ),
  shows: [LIST_ALL, ...shows],
});

/** Every layer that AWS names, and the code for a layer that does not allow or that denies. */
const LAYERS = [
  ["identity-based policy", "QV402"],
  ["permissions boundary", "QV403"],
  ["service control policy", "QV403"],
  ["resource control policy", "QV403"],
  ["VPC endpoint policy", "QV403"],
  ["session policy", "QV403"],
  ["resource-based policy", "QV403"],
] as const;
const layers = LAYERS.flatMap(([layer, code]) => {
  const article = /^[aeiou]/.test(layer) ? "an" : "a";
  return [
    fault(
      code,
      1,
      `no ${layer} allows the probe's action`,
      denied(`because no ${layer} allows the ${LIST_ALL} action`),
    ),
    fault("QV403", 1, `${article} ${layer} denies the probe's action`, {
      ...denied(`with an explicit deny in ${article} ${layer}`, layer),
    }),
  ];
});

const bucket = (name: string) => ["--probe", `s3:bucket:${name}`];

/** A bucket in another region: S3 answers only a call that is signed for that region. */
const inUsWest2: Answer = (exchange) => {
  const signed = exchange.request.headers.authorization?.includes("/us-west-2/s3/");
  const list =
    "<ListBucketResult><Contents><Key>a</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents></ListBucketResult>";
  const elsewhere = s3Error(
    301,
    "PermanentRedirect",
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    { "x-amz-bucket-region": "us-west-2" },
    "<Bucket>far-bucket</Bucket><Endpoint>far-bucket.s3.us-west-2.amazonaws.com</Endpoint>",
  );
  (signed ? body(200, "application/xml", list) : elsewhere)(exchange);
};

const NEW_KEY = "The AWS Access Key Id you provided does not exist in our records.";
const session = (arn: string): Setup => ({ server: { identity: identity(arn) }, shows: [arn, ROLE] });

/** What AWS refuses to the role after STS issued credentials, and which identity the credentials have. */
export const permissionFaults: readonly Fault[] = [
  fault("QV402", 1, "no policy is attached to the role", { ...role("bare-role"), core: true }),
  fault("QV402", 1, "the role's policy allows another action", role("upload-role", allow("s3:PutObject"))),
  fault("QV402", 1, "the role's policy names one bucket, and the probe lists all buckets", {
    ...role("narrow-role", allow("s3:*", "arn:aws:s3:::sample-bucket")),
    core: true,
  }),
  fault("QV402", 1, "one of the role's policies denies the action, and S3 does not report it", {
    ...role("deny-role", allow("s3:*"), { Effect: "Deny", Action: "s3:List*", Resource: "*" }),
  }),
  fault(null, 0, "the policy is attached while `--wait` tries again", {
    ...role("attached-role"),
    server: {},
    meanwhile: (aws) =>
      withIam(aws, (iam) => iam.send(new AttachRolePolicyCommand({ RoleName: "attached-role", PolicyArn: READ_ONLY }))),
    waitMs: 8000,
    attempts: 2,
  }),
  ...layers,
  fault("QV403", 1, "a policy denies the action, and S3 does not name the policy", denied("with an explicit deny")),
  fault("QV402", 1, "S3 answers `AccessDenied` without a reason", {
    ...refused(403, "AccessDenied", "Access Denied"),
    shows: LIST_ALL,
  }),
  fault("QV402", 1, "S3 answers `AccessDenied` in French", {
    ...refused(403, "AccessDenied", "Accès refusé"),
    shows: LIST_ALL,
  }),
  fault("QV404", 1, "the probe's bucket does not exist", {
    ...refused(404, "NoSuchBucket", "The specified bucket does not exist"),
    flags: bucket("no-such-bucket"),
    shows: "404",
    core: true,
  }),
  fault("QV404", 1, "the probe's bucket is in another region", {
    flags: bucket("far-bucket"),
    server: { probe: inUsWest2 },
    shows: "us-west-2",
  }),
  fault("QV404", 1, "the probe's bucket is new, and S3 answers a temporary redirect to its region", {
    flags: bucket("new-bucket"),
    server: {
      probe: s3Error(307, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.", {
        "x-amz-bucket-region": "us-west-2",
        location: "https://new-bucket.s3.us-west-2.amazonaws.com/",
      }),
    },
    shows: "us-west-2",
  }),
  fault("QV402", 1, "the probe's bucket belongs to another account", {
    ...refused(403, "AccessDenied", "Access Denied"),
    flags: bucket("foreign-bucket"),
    shows: ["s3:ListBucket", "arn:aws:s3:::foreign-bucket"],
  }),
  fault("QV405", 1, "S3 does not know the new credentials yet", refused(403, "InvalidAccessKeyId", NEW_KEY)),
  fault(null, 0, "S3 learns of the new credentials while `--wait` tries again", {
    server: { probe: [s3Error(403, "InvalidAccessKeyId", NEW_KEY), ({ pass }) => pass()] },
    waitMs: 8000,
    attempts: 2,
  }),
  fault("QV405", 1, "the credentials are not valid in an opt-in region", {
    ...refused(400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
  }),
  fault("QV405", 1, "the credentials have expired by S3's clock", {
    ...refused(400, "ExpiredToken", "The provided token has expired."),
  }),
  fault("QV405", 1, "this clock is 10 minutes behind S3's", {
    server: {
      probe: (exchange) =>
        s3Error(
          403,
          "RequestTimeTooSkewed",
          "The difference between the request time and the current time is too large.",
          { date: clock(600) },
        )(exchange),
    },
    shows: "RequestTimeTooSkewed",
  }),
  fault("QV405", 1, "a proxy changes the signed request", {
    ...refused(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    ),
  }),
  fault("QV405", 1, "S3 rejects the signature because this clock is 16 minutes behind", {
    server: {
      probe: (exchange) =>
        s3Error(
          403,
          "SignatureDoesNotMatch",
          "Signature expired: 20261125T100000Z is now earlier than 20261125T101100Z (20261125T101600Z - 5 min.)",
          { date: clock(960) },
        )(exchange),
    },
    shows: "clock",
  }),
  fault("QV405", 1, "S3 answers HEAD with 403 and a clock that is 16 minutes ahead", {
    server: { probe: (exchange) => s3Error(403, "RequestTimeTooSkewed", "", { date: clock(960) })(exchange) },
    flags: bucket("sample-bucket"),
    shows: "clock",
  }),
  fault("QV405", 1, "a redirected S3 rejects the region of the signature", {
    ...refused(
      400,
      "AuthorizationHeaderMalformed",
      "The authorization header is malformed; the region 'eu-west-3' is wrong; expecting 'us-east-1'",
    ),
    shows: "AWS_ENDPOINT_URL",
  }),
  fault("QV405", 1, "a redirected STS rejects the region of the signature", {
    server: {
      identity: stsError(
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region, not 'eu-west-3'.",
      ),
    },
    shows: "AWS_ENDPOINT_URL",
  }),
  fault(null, 0, "S3 answers HEAD with 400 once", {
    server: { probe: [s3Error(400, "BadRequest", ""), s3Error(200, "", "")] },
    flags: bucket("sample-bucket"),
  }),
  fault(null, 0, "S3 answers `RequestTimeout` once", {
    server: {
      probe: [s3Error(400, "RequestTimeout", "Your socket connection was not read from."), ({ pass }) => pass()],
    },
  }),
  fault("QV402", 1, "the probe's bucket is in AWS China, and the role does not allow the action", {
    annotation: ROLE.replace("arn:aws:", "arn:aws-cn:"),
    variables: { AWS_REGION: "cn-north-1" },
    server: {
      assume: assumed("arn:aws-cn:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier"),
      identity: identity("arn:aws-cn:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier"),
      probe: s3Error(403, "AccessDenied", "Access Denied"),
    },
    flags: bucket("china-bucket"),
    shows: "arn:aws-cn:s3:::china-bucket",
  }),
  fault("QV499", 1, "S3 answers an unknown error code", refused(400, "QuantumEntanglement", "Try another universe.")),
  fault("QV499", 1, "S3 blocks the account", {
    ...refused(403, "AllAccessDisabled", "All access to this object has been disabled"),
  }),
  fault("QV401", 1, "the credentials belong to the node's role", {
    ...session("arn:aws:sts::123456789012:assumed-role/eks-node-role/i-0abc1234567890def"),
  }),
  fault("QV401", 1, "the credentials belong to the role of the same name in another account", {
    ...session("arn:aws:sts::210987654321:assumed-role/my-s3-role/qovery-irsa-verifier"),
  }),
  fault("QV401", 1, "the credentials belong to an IAM user", session("arn:aws:iam::123456789012:user/deployer")),
  fault("QV405", 1, "STS rejects the credentials that it issued", {
    server: {
      identity: stsError(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    },
    shows: "InvalidClientTokenId",
  }),
];
