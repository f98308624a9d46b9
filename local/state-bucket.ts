import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { S3State } from "../config/project";
import { clientConfig, type LocalAws } from "./aws";

/** A Terraform state, as it is stored. */
export interface StoredState {
  readonly key: string;
  readonly body: string;
}

/** Returns the Terraform states in the embedded AWS. */
export async function storedStates({ bucket, region }: S3State, aws: LocalAws): Promise<StoredState[]> {
  const s3 = new S3Client({ ...clientConfig(aws.environment), region, forcePathStyle: true });
  try {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return await Promise.all(
      Contents.map(async ({ Key = "" }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return { key: Key, body: (await Body?.transformToString()) ?? "" };
      }),
    );
  } finally {
    s3.destroy();
  }
}
