import { HeadBucketCommand, ListBucketsCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { ForeignAnswer } from "./aws-error";
import { lean } from "./lean";

/** Buckets per page, at the limit of ListBuckets. An account with a raised quota needs pages. */
const A_PAGE = 1000;

/** The calls of the probes. */
export class Buckets {
  private readonly s3: S3Client;

  /** @param byPath whether the path names the bucket, as the AWS CLI does for a custom endpoint */
  constructor(config: S3ClientConfig, byPath: boolean) {
    this.s3 = lean(new S3Client({ ...config, followRegionRedirects: false, forcePathStyle: byPath }));
  }

  /** Returns the number of buckets in the account. */
  async count(): Promise<number> {
    let count = 0;
    let next: string | undefined;
    do {
      const page = { MaxBuckets: A_PAGE, ...(next === undefined ? {} : { ContinuationToken: next }) };
      const { Buckets, Owner, ContinuationToken } = await this.s3.send(new ListBucketsCommand(page));
      // An account without buckets has an owner, so a response with neither is not from AWS.
      if (!Buckets && !Owner) throw new ForeignAnswer("the response has no list of buckets");
      count += Buckets?.length ?? 0;
      next = ContinuationToken;
    } while (next !== undefined);
    return count;
  }

  async head(bucket: string): Promise<void> {
    const { $metadata } = await this.s3.send(new HeadBucketCommand({ Bucket: bucket }));
    // A response to HEAD has no body, so its headers must identify AWS.
    const { httpStatusCode, requestId, extendedRequestId } = $metadata;
    if (httpStatusCode !== 200 || (!requestId && !extendedRequestId))
      throw new ForeignAnswer("the response has no request ID");
  }
}
