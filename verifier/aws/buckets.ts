import { HeadBucketCommand, ListBucketsCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { ForeignAnswer } from "./aws-error";
import { lean } from "./lean";

// Apart from STS's calls, so that it is loaded while the first of them is awaited.

/** Buckets of one page, the most that ListBuckets takes; an account with a raised quota must be paginated. */
const A_PAGE = 1000;

/** What the probes ask S3. */
export class Buckets {
  private readonly s3: S3Client;

  /** @param byPath whether a bucket is named in the path: an endpoint of one's own has no host for each, as the AWS CLI knows */
  constructor(config: S3ClientConfig, byPath: boolean) {
    this.s3 = lean(new S3Client({ ...config, followRegionRedirects: false, forcePathStyle: byPath }));
  }

  /** How many buckets the account has. */
  async count(): Promise<number> {
    let count = 0;
    let next: string | undefined;
    do {
      const page = { MaxBuckets: A_PAGE, ...(next === undefined ? {} : { ContinuationToken: next }) };
      const { Buckets, Owner, ContinuationToken } = await this.s3.send(new ListBucketsCommand(page));
      // An account without buckets still has an owner; an answer with neither is somebody else's.
      if (!Buckets && !Owner) throw new ForeignAnswer("S3's answer holds no list of buckets");
      count += Buckets?.length ?? 0;
      next = ContinuationToken;
    } while (next !== undefined);
    return count;
  }

  async head(bucket: string): Promise<void> {
    const { $metadata } = await this.s3.send(new HeadBucketCommand({ Bucket: bucket }));
    // A HEAD has no body to tell AWS by, so its headers must.
    const { httpStatusCode, requestId, extendedRequestId } = $metadata;
    if (httpStatusCode !== 200 || (!requestId && !extendedRequestId)) throw new ForeignAnswer("the answer is not S3's");
  }
}
