import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import type { Statement } from "../iam/policy-types";
import { literal, literals } from "./literal";

export interface StateBucketProps {
  readonly name: string;
  /** The ARN of the bucket. */
  readonly arn: string;
  /** The KMS key of the states. @default - the bucket encrypts with keys of S3 */
  readonly kmsKeyArn: string | undefined;
  /** What the policy of the bucket allows to other accounts. */
  readonly statements: readonly Statement[];
  readonly tags: Readonly<Record<string, string>>;
}

/** The bucket of the states: versioned, encrypted, private, reachable over TLS only, and protected from deletion. */
export class StateBucket extends Construct {
  constructor(scope: Construct, id: string, { name, arn, kmsKeyArn, statements, tags }: StateBucketProps) {
    super(scope, id);
    const { bucket } = new S3Bucket(this, "Resource", {
      bucket: name,
      tags: literals(tags),
      lifecycle: { preventDestroy: true },
    });
    new S3BucketVersioningA(this, "versioning", { bucket, versioningConfiguration: { status: "Enabled" } });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault:
            kmsKeyArn === undefined
              ? { sseAlgorithm: "AES256" }
              : { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
        },
      ],
    });
    new S3BucketOwnershipControls(this, "ownership", { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
    const access = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const document = { Version: "2012-10-17", Statement: [tlsOnly(arn), ...statements] };
    // S3 changes the public access block and the policy of a bucket one at a time.
    new S3BucketPolicy(this, "policy", { bucket, policy: literal(JSON.stringify(document)), dependsOn: [access] });
  }
}

function tlsOnly(arn: string) {
  const Condition = { Bool: { "aws:SecureTransport": "false" } };
  return { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [arn, `${arn}/*`], Condition };
}
