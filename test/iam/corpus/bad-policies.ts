import { allow, deny, policy } from "./statements";

/** Name → policy, and `<severity> <rule> <path>` of each problem that the lint must report. */
export const BAD: Readonly<Record<string, readonly [policy: unknown, ...problems: string[]]>> = {
  // Actions
  "a service that does not exist": [policy(allow("s4:GetObject", "*")), "error unknown-service Statement.0.Action"],
  "a service by its product name": [
    policy(allow("msk:CreateCluster", "*")),
    "error unknown-service Statement.0.Action",
  ],
  "a service that may be new": [policy(allow("zzzzzzzzzz:Get", "*")), "warning unknown-service Statement.0.Action"],
  "an operation of the API": [policy(allow("s3:ListBuckets", "*")), "error unknown-action Statement.0.Action"],
  "a misspelled action": [policy(allow(["sqs:SendMesage"], "*")), "error unknown-action Statement.0.Action.0"],
  "a pattern that matches no action": [policy(allow("s3:Gte*", "*")), "error unknown-action Statement.0.Action"],
  "an action of another service": [policy(allow("s3:GetItem", "*")), "error unknown-action Statement.0.Action"],
  "an action without a service": [policy(allow("GetObject", "*")), "error structure Statement.0.Action"],
  "an action with a space": [policy(allow("s3: GetObject", "*")), "error structure Statement.0.Action"],
  // Resources
  "a bucket for an object's action": [
    policy(allow("s3:GetObject", "arn:aws:s3:::photos")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an object for a bucket's action": [
    policy(allow("s3:ListBucket", "arn:aws:s3:::photos/*")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an action without a fitting resource": [
    policy(allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::photos"])),
    "warning resource-mismatch Statement.0.Action.1",
  ],
  "a snapshot without its ARN": [
    policy(allow("ec2:CreateSnapshot", "arn:aws:ec2:*:*:volume/*")),
    "warning resource-mismatch Statement.0.Action",
  ],
  "an action that supports only *": [
    policy(allow("s3:ListAllMyBuckets", "arn:aws:s3:::photos")),
    "warning resource-mismatch Statement.0.Resource",
  ],
  "a list of all tables of an account": [
    policy(allow("dynamodb:ListTables", "arn:aws:dynamodb:eu-west-3:123456789012:table/*")),
    "warning resource-mismatch Statement.0.Resource",
  ],
  "a bucket beside its objects": [
    policy(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"])),
    "warning resource-mismatch Statement.0.Resource.0",
  ],
  "a bucket beside its objects, and an action without a resource": [
    policy(allow(["s3:GetObject", "sqs:SendMessage"], ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"])),
    "warning resource-mismatch Statement.0.Resource.0",
    "warning resource-mismatch Statement.0.Action.1",
  ],
  "a resource without a type beside a role": [
    policy(allow("iam:GetRole", ["arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:roles/y"])),
    "error resource-mismatch Statement.0.Resource.1",
  ],
  "a document of the account without the account": [
    policy(allow("ssm:GetDocument", "arn:aws:ssm:eu-west-3::document/restart")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an action that supports only * beside others": [
    policy(allow(["s3:GetObject", "s3:ListAllMyBuckets"], "arn:aws:s3:::photos/*")),
    "warning resource-mismatch Statement.0.Action.1",
  ],
  "a region in an S3 ARN": [
    policy(allow("s3:GetObject", "arn:aws:s3:eu-west-3::photos/*")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an account in an S3 ARN": [
    policy(allow("s3:*", "arn:aws:s3::123456789012:photos/*")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "a region in an IAM ARN": [
    policy(allow("iam:GetRole", "arn:aws:iam:eu-west-3:123456789012:role/x")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "no region in a queue's ARN": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs::123456789012:orders")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "no account in a secret's ARN": [
    policy(allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-3::secret:x")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "a resource type that does not exist": [
    policy(allow("iam:GetRole", "arn:aws:iam::123456789012:roles/x")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an impossible ARN under every action": [
    policy(allow("*", "arn:aws:iam::123456789012:roles/x")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "an impossible ARN in NotResource": [
    policy({ ...deny("s3:*", undefined), Resource: undefined, NotResource: ["arn:aws:s3:eu-west-3::x"] }),
    "error resource-mismatch Statement.0.NotResource.0",
  ],
  "a key's alias": [
    policy(allow("kms:Decrypt", "arn:aws:kms:eu-west-3:123456789012:alias/x")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "another service's ARN": [
    policy(deny("dynamodb:GetItem", "arn:aws:s3:::photos")),
    "error resource-mismatch Statement.0.Resource",
  ],
  "a region that does not exist": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:paris:123456789012:x")),
    "error resource-form Statement.0.Resource",
  ],
  "an account of 11 digits": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:eu-west-3:12345678901:x")),
    "error resource-form Statement.0.Resource",
  ],
  "a URL": [
    policy(allow("sqs:SendMessage", "https://sqs.eu-west-3.amazonaws.com/123456789012/x")),
    "error resource-form Statement.0.Resource",
  ],
  "an S3 URI": [policy(allow("s3:GetObject", "s3://photos/a")), "error resource-form Statement.0.Resource"],
  "a name": [policy(allow("s3:GetObject", ["photos/*"])), "error resource-form Statement.0.Resource.0"],
  "another partition": [
    policy(allow("s3:GetObject", "arn:aws-cn:s3:::photos/*")),
    "error resource-form Statement.0.Resource",
  ],
  // Values
  "a date in words": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { DateLessThan: { "aws:CurrentTime": "tomorrow" } })),
    "error condition-form Statement.0.Condition.DateLessThan.aws:CurrentTime",
  ],
  "a prefix of 33": [
    policy(
      deny("s3:GetObject", "arn:aws:s3:::b/*", { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "10.0.0.0/33"] } }),
    ),
    "error condition-form Statement.0.Condition.NotIpAddress.aws:SourceIp.1",
  ],
  "yes instead of true": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { Bool: { "aws:SecureTransport": "yes" } })),
    "error condition-form Statement.0.Condition.Bool.aws:SecureTransport",
  ],
  "a value for Null": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { Null: { "aws:TagKeys": "team" } })),
    "error condition-form Statement.0.Condition.Null.aws:TagKeys",
  ],
  "a number in words": [
    policy(allow("s3:ListBucket", "arn:aws:s3:::b", { NumericLessThan: { "s3:max-keys": "ten" } })),
    "error condition-form Statement.0.Condition.NumericLessThan.s3:max-keys",
  ],
  "an operator that does not exist": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { StringMatches: { "aws:username": "x" } })),
    "error condition-form Statement.0.Condition.StringMatches",
  ],
  "an ideographic character": [
    policy(allow("s3:GetObject", "arn:aws:s3:::日本/*")),
    "error character Statement.0.Resource",
  ],
  "a typographic dash": [
    policy({ ...allow("s3:GetObject", "arn:aws:s3:::b/*", { StringEquals: { "aws:PrincipalTag/a\u2013b": "c" } }) }),
    "error character Statement.0.Condition.StringEquals.aws:PrincipalTag/a\u2013b",
  ],
  "a trust policy": [
    policy({
      Effect: "Allow",
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/issuer.example" },
      Action: "sts:AssumeRoleWithWebIdentity",
    }),
    "error trust-policy ",
  ],
  // Conditions
  "a misspelled global key": [
    policy(deny("s3:GetObject", "arn:aws:s3:::b/*", { StringEquals: { "aws:SourceVpec": "vpce-1" } })),
    "warning unknown-condition-key Statement.0.Condition.StringEquals.aws:SourceVpec",
  ],
  "a key that the service does not have": [
    policy(allow("s3:ListBucket", "arn:aws:s3:::b", { StringLike: { "s3:prefixes": "a/*" } })),
    "warning unknown-condition-key Statement.0.Condition.StringLike.s3:prefixes",
  ],
  "a key that the action does not have": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { StringLike: { "s3:prefix": "a/*" } })),
    "warning condition-key-support Statement.0.Condition.StringLike.s3:prefix",
  ],
  "a key that one of two actions does not have": [
    policy(
      allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], {
        StringLike: { "s3:prefix": "a" },
      }),
    ),
    "warning condition-key-support Statement.0.Condition.StringLike.s3:prefix",
  ],
  "a key of another service": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:eu-west-3:123456789012:x", { StringEquals: { "s3:prefix": "a" } })),
    "warning condition-key-support Statement.0.Condition.StringEquals.s3:prefix",
  ],
  "a text operator for addresses": [
    policy(deny("s3:GetObject", "arn:aws:s3:::b/*", { StringNotEquals: { "aws:SourceIp": "203.0.113.7" } })),
    "warning operator-type Statement.0.Condition.StringNotEquals.aws:SourceIp",
  ],
  "a number operator for text": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/*", { NumericEquals: { "aws:PrincipalAccount": "123456789012" } })),
    "warning operator-type Statement.0.Condition.NumericEquals.aws:PrincipalAccount",
  ],
  "a wildcard under StringEquals": [
    policy(allow("s3:ListBucket", "arn:aws:s3:::b", { StringEquals: { "s3:prefix": ["home/*"] } })),
    "warning literal-wildcard Statement.0.Condition.StringEquals.s3:prefix.0",
  ],
  // Variables and placeholders
  "a Terraform expression": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:${data.aws_region.current.name}:123456789012:x")),
    "warning policy-variable Statement.0.Resource",
  ],
  "an environment variable": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:${AWS_REGION}:123456789012:x")),
    "warning policy-variable Statement.0.Resource",
  ],
  "a variable that is escaped for Terraform": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/$${aws:username}/*")),
    "warning policy-variable Statement.0.Resource",
  ],
  "a variable that is escaped for the AWS provider": [
    policy(allow("s3:GetObject", "arn:aws:s3:::b/&{aws:username}/*")),
    "warning policy-variable Statement.0.Resource",
  ],
  "a misspelled variable": [
    policy(allow("s3:ListBucket", "arn:aws:s3:::b", { StringLike: { "s3:prefix": ["${aws:user}/*"] } })),
    "warning policy-variable Statement.0.Condition.StringLike.s3:prefix.0",
  ],
  "a variable in an old version": [
    { ...policy(allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")), Version: "2008-10-17" },
    "warning version Version",
    "warning policy-variable Statement.0.Resource",
  ],
  "a placeholder for the account": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:eu-west-3:<account>:x")),
    "warning placeholder Statement.0.Resource",
  ],
  "x for the account": [
    policy(allow("sqs:SendMessage", "arn:aws:sqs:eu-west-3:xxxxxxxxxxxx:x")),
    "warning placeholder Statement.0.Resource",
  ],
  "a placeholder for a name": [
    policy(allow("s3:GetObject", "arn:aws:s3:::YOUR-BUCKET/*")),
    "warning placeholder Statement.0.Resource",
  ],
  // Privileges
  "pass any role to a service that runs code": [
    policy(allow(["iam:PassRole"], "*"), allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:x")),
    "warning privilege-escalation Statement.0.Action.0",
  ],
  "another version of a policy": [
    policy(allow("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/x")),
    "warning privilege-escalation Statement.0.Action",
  ],
  "all of IAM": [policy(allow("iam:*", "*")), "warning privilege-escalation Statement.0.Action"],
  "assume any role": [policy(allow("sts:AssumeRole", "*")), "warning privilege-escalation Statement.0.Action"],
  everything: [policy(allow("*", "*")), "warning full-access Statement.0"],
  "everything except IAM": [
    policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
    "warning full-access Statement.0",
  ],
  "everything except a bucket": [
    policy({ Effect: "Allow", Action: "*", NotResource: "arn:aws:s3:::photos" }),
    "warning full-access Statement.0",
  ],
  "everything in an ARN": [policy(allow("*", "arn:aws:*:*:*:*")), "warning full-access Statement.0"],
  "every object": [policy(allow("s3:GetObject", "*")), "warning broad-resource Statement.0.Resource"],
  "every resource of a service": [policy(allow("dynamodb:*", ["*"])), "warning broad-resource Statement.0.Resource"],
};
