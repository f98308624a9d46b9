import { ADDONS } from "./addon-policies";
import { allow, deny } from "./statements";

// Policies that AWS's documentation and the documentation of add-ons describe, in other words and shapes.

const ACCOUNT = "123456789012";
const HERE = `eu-west-3:${ACCOUNT}`;

export const GOOD: Readonly<Record<string, readonly object[]>> = {
  // Amazon S3
  "list buckets": [allow("s3:ListAllMyBuckets", "*")],
  "list buckets of S3": [allow(["s3:ListAllMyBuckets", "s3:GetAccountPublicAccessBlock"], "arn:aws:s3:::*")],
  "every log group": [
    allow(
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:PutLogEvents"],
      ["arn:aws:logs:*:*:*"],
    ),
  ],
  "read one bucket": [
    allow(["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::photos"),
    allow("s3:GetObject", "arn:aws:s3:::photos/*"),
  ],
  "read and write with mixed ARNs": [
    allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"]),
  ],
  "everything in one bucket": [allow("s3:*", ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"])],
  "home folders by user name": [
    allow("s3:ListBucket", "arn:aws:s3:::homes", {
      StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] },
    }),
    allow("s3:*Object", "arn:aws:s3:::homes/home/${aws:username}/*"),
  ],
  "require TLS": [
    deny("s3:*", ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"], { Bool: { "aws:SecureTransport": "false" } }),
  ],
  "require an encryption header": [
    deny("s3:PutObject", "arn:aws:s3:::logs/*", { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } }),
  ],
  "multipart uploads": [
    allow(["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], "arn:aws:s3:::uploads/in/*"),
    allow("s3:ListBucketMultipartUploads", "arn:aws:s3:::uploads"),
  ],
  "objects with a tag": [
    allow("s3:GetObject", "arn:aws:s3:::photos/*", { StringEquals: { "s3:ExistingObjectTag/class": "public" } }),
  ],
  "access point": [
    allow(["s3:GetObject"], `arn:aws:s3:${HERE}:accesspoint/finance/object/*`),
    allow("s3:ListBucket", `arn:aws:s3:${HERE}:accesspoint/finance`),
  ],
  "multi-Region access point": [
    allow("s3:GetObject", `arn:aws:s3::${ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap/object/*`),
    allow("s3:ListBucket", `arn:aws:s3::${ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap`),
  ],
  "bucket prefix with a wildcard": [allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::team-*")],
  "only buckets of this account": [deny("s3:*", "*", { StringNotEquals: { "s3:ResourceAccount": [ACCOUNT] } })],
  "TLS version": [deny("s3:*", "arn:aws:s3:::logs/*", { NumericLessThan: { "s3:TlsVersion": "1.2" } })],
  // DynamoDB, SQS, SNS, Kinesis
  "table and index": [
    allow(
      ["dynamodb:GetItem", "dynamodb:Query"],
      [`arn:aws:dynamodb:${HERE}:table/books`, `arn:aws:dynamodb:${HERE}:table/books/index/*`],
    ),
  ],
  "rows by leading key": [
    allow(["dynamodb:GetItem", "dynamodb:PutItem"], `arn:aws:dynamodb:${HERE}:table/scores`, {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${www.amazon.com:user_id}"] },
    }),
  ],
  "table attributes": [
    allow("dynamodb:Query", `arn:aws:dynamodb:*:*:table/users`, {
      "ForAllValues:StringEquals": { "dynamodb:Attributes": ["id", "name"] },
      StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
    }),
  ],
  "table stream": [
    allow(
      ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
      `arn:aws:dynamodb:${HERE}:table/books/stream/*`,
    ),
    allow("dynamodb:ListStreams", "*"),
  ],
  "send to a queue": [
    allow(["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"], `arn:aws:sqs:${HERE}:orders`),
  ],
  "consume queues with a prefix": [
    allow(
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
      "arn:aws:sqs:*:123456789012:orders-*",
    ),
  ],
  "publish to a topic": [allow("sns:Publish", `arn:aws:sns:${HERE}:alerts`)],
  "subscribe by protocol": [
    allow("sns:Subscribe", `arn:aws:sns:${HERE}:alerts`, { StringEquals: { "sns:Protocol": "https" } }),
  ],
  "kinesis consumer": [
    allow(
      ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"],
      `arn:aws:kinesis:${HERE}:stream/clicks`,
    ),
  ],
  // Secrets, parameters and keys
  "one secret": [
    allow(
      ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      `arn:aws:secretsmanager:${HERE}:secret:prod/db-??????`,
    ),
  ],
  "secrets by tag": [
    allow("secretsmanager:GetSecretValue", "*", { StringEquals: { "secretsmanager:ResourceTag/team": "shop" } }),
  ],
  "parameters by path": [
    allow(["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], `arn:aws:ssm:${HERE}:parameter/shop/*`),
    allow("ssm:DescribeParameters", "*"),
  ],
  "public parameters": [allow("ssm:GetParameter", "arn:aws:ssm:eu-west-3::parameter/aws/service/*")],
  "documents of AWS": [
    allow("ssm:SendCommand", [
      "arn:aws:ssm:eu-west-3::document/AWS-RunShellScript",
      `arn:aws:ec2:${HERE}:instance/i-0123456789abcdef0`,
    ]),
    allow("ssm:StartAutomationExecution", "arn:aws:ssm:*::automation-definition/AWSSupport-*:*"),
  ],
  "decrypt with one key": [allow("kms:Decrypt", `arn:aws:kms:${HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab`)],
  "decrypt through a service": [
    allow(["kms:Decrypt", "kms:GenerateDataKey"], `arn:aws:kms:${HERE}:key/*`, {
      StringEquals: { "kms:ViaService": "s3.eu-west-3.amazonaws.com" },
    }),
  ],
  "keys by alias": [
    allow("kms:Decrypt", `arn:aws:kms:*:${ACCOUNT}:key/*`, {
      "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/shop-*" },
    }),
  ],
  "tag with an ARN": [
    allow("ec2:CreateVolume", `arn:aws:ec2:${HERE}:volume/*`, {
      ArnLike: { "aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
    }),
  ],
  "encryption context with an ARN": [
    allow("kms:Decrypt", `arn:aws:kms:${HERE}:key/*`, {
      ArnLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::photos/*" },
    }),
  ],
  "encryption context": [
    allow("kms:Decrypt", `arn:aws:kms:${HERE}:key/*`, { StringEquals: { "kms:EncryptionContext:app": "shop" } }),
  ],
  "grants for AWS resources": [
    allow(["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], `arn:aws:kms:${HERE}:key/*`, {
      Bool: { "kms:GrantIsForAWSResource": true },
    }),
  ],
  // IAM and STS
  "assume one role": [allow("sts:AssumeRole", "arn:aws:iam::210987654321:role/deploy")],
  "assume with an external ID": [
    allow("sts:AssumeRole", "arn:aws:iam::210987654321:role/partner", { StringEquals: { "sts:ExternalId": "4711" } }),
  ],
  "pass one role to one service": [
    allow("iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/ecs-task`, {
      StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    }),
    allow("ecs:RunTask", `arn:aws:ecs:${HERE}:task-definition/job:*`, {
      ArnEquals: { "ecs:cluster": `arn:aws:ecs:${HERE}:cluster/prod` },
    }),
  ],
  "manage own password": [
    allow(["iam:ChangePassword", "iam:GetUser"], "arn:aws:iam::*:user/${aws:username}"),
    allow("iam:GetAccountPasswordPolicy", "*"),
  ],
  "service-linked role": [
    allow("iam:CreateServiceLinkedRole", "*", {
      StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" },
    }),
  ],
  "only from a network": [deny("*", "*", { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:DB8::/32"] } })],
  "only some regions": [
    {
      ...deny("*", "*", { StringNotEquals: { "aws:RequestedRegion": ["eu-west-3", "eu-central-1"] } }),
      Action: undefined,
      NotAction: ["iam:*", "sts:*"],
    },
  ],
  "only for some days": [
    allow("s3:GetObject", "arn:aws:s3:::share/*", {
      DateGreaterThan: { "aws:CurrentTime": "2026-11-01T00:00:00Z" },
      DateLessThan: { "aws:CurrentTime": "2026-12-01T00:00:00Z" },
    }),
  ],
  "recent MFA": [
    allow("ec2:StopInstances", `arn:aws:ec2:${HERE}:instance/*`, {
      NumericLessThan: { "aws:MultiFactorAuthAge": 3600 },
    }),
  ],
  "only with MFA": [deny("iam:DeleteUser", "*", { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } })],
  "only in the organization": [
    deny("s3:PutObject", "arn:aws:s3:::shared/*", {
      StringNotEquals: { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" },
    }),
  ],
  ...ADDONS,
  // Other services
  "invoke a function": [
    allow("lambda:InvokeFunction", [
      `arn:aws:lambda:${HERE}:function:thumbnail`,
      `arn:aws:lambda:${HERE}:function:thumbnail:*`,
    ]),
  ],
  "start a state machine": [
    allow("states:StartExecution", `arn:aws:states:${HERE}:stateMachine:orders`),
    allow(["states:DescribeExecution", "states:StopExecution"], `arn:aws:states:${HERE}:execution:orders:*`),
  ],
  "invoke an API": [allow("execute-api:Invoke", `arn:aws:execute-api:${HERE}:a1b2c3/prod/GET/pets/*`)],
  "send e-mail": [
    allow(["ses:SendEmail", "ses:SendRawEmail"], `arn:aws:ses:${HERE}:identity/example.com`, {
      StringLike: { "ses:FromAddress": "*@example.com" },
    }),
  ],
  "connect to a database": [allow("rds-db:connect", `arn:aws:rds-db:${HERE}:dbuser:db-ABCDEFGHIJKL01234/app`)],
  "call a model": [
    allow(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], "arn:aws:bedrock:*::foundation-model/*"),
  ],
  "put events": [
    allow("events:PutEvents", `arn:aws:events:${HERE}:event-bus/shop`, {
      StringEquals: { "events:source": "shop.orders" },
    }),
  ],
  "invalidate a distribution": [
    allow("cloudfront:CreateInvalidation", `arn:aws:cloudfront::${ACCOUNT}:distribution/*`),
  ],
  "query with Athena": [
    allow(["athena:StartQueryExecution", "athena:GetQueryResults"], `arn:aws:athena:${HERE}:workgroup/primary`),
    allow(
      ["glue:GetTable", "glue:GetPartitions"],
      [`arn:aws:glue:${HERE}:catalog`, `arn:aws:glue:${HERE}:database/web`, `arn:aws:glue:${HERE}:table/web/*`],
    ),
  ],
  "search with OpenSearch": [allow(["es:ESHttpGet", "es:ESHttpPost"], `arn:aws:es:${HERE}:domain/logs/*`)],
  "connect to ElastiCache": [
    allow("elasticache:Connect", [
      `arn:aws:elasticache:${HERE}:replicationgroup:cache`,
      `arn:aws:elasticache:${HERE}:user:app`,
    ]),
  ],
  "connect to MSK": [
    allow(["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"], `arn:aws:kafka:${HERE}:cluster/events/*`),
    allow(["kafka-cluster:ReadData", "kafka-cluster:DescribeTopic"], `arn:aws:kafka:${HERE}:topic/events/*/orders`),
  ],
};
