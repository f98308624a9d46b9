import { HeadBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { redirection, type Service } from "./endpoint";
import { collect, HttpHandler, type Wire } from "./http";
import { VERSION } from "./version";

/** A role's temporary credentials. They stay in memory. */
export interface Session {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` */
  readonly arn: string;
}

/** An answer that is well-formed and yet not AWS's: empty, or without what it must hold. */
export class ForeignAnswer extends Error {}

/** IAM's session name, which CloudTrail shows. */
const SESSION_NAME = "qovery-irsa-verifier";

/** Buckets of one page, the most that ListBuckets takes; an account with a raised quota must be paginated. */
const BUCKETS_A_PAGE = 1000;

/**
 * The calls that a proof consists of, with the token and the role's credentials and nothing else: no default chain, no
 * shared configuration files, no retries of the SDK's own.
 */
export class Aws {
  private readonly handlers: Readonly<Record<Service, HttpHandler>>;
  private readonly sts: STSClient;

  constructor(
    private readonly region: string,
    signal: AbortSignal,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    ignoreSharedFiles();
    this.handlers = { STS: new HttpHandler(env, signal), S3: new HttpHandler(env, signal) };
    this.sts = new STSClient({ ...this.config("STS"), credentials: noCredentials });
  }

  /** What happened on the wire to a service. */
  wire(service: Service): Wire {
    return this.handlers[service].wire;
  }

  async assumeRole(roleArn: string, token: string): Promise<Session> {
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      WebIdentityToken: token,
    });
    const { Credentials, AssumedRoleUser } = await this.sts.send(command);
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !AssumedRoleUser?.Arn) {
      throw new ForeignAnswer("STS's answer holds no credentials");
    }
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { credentials, arn: AssumedRoleUser.Arn };
  }

  /** The ARN that AWS knows the session by. */
  async callerArn(session: Session): Promise<string> {
    const sts = new STSClient({ ...this.config("STS"), credentials: session.credentials });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (!Arn) throw new ForeignAnswer("STS's answer holds no identity");
    return Arn;
  }

  async countBuckets(session: Session): Promise<number> {
    const s3 = this.s3(session);
    let count = 0;
    let next: string | undefined;
    do {
      const page = { MaxBuckets: BUCKETS_A_PAGE, ...(next === undefined ? {} : { ContinuationToken: next }) };
      const { Buckets, Owner, ContinuationToken } = await s3.send(new ListBucketsCommand(page));
      // An account without buckets still has an owner; an answer with neither is somebody else's.
      if (!Buckets && !Owner) throw new ForeignAnswer("S3's answer holds no list of buckets");
      count += Buckets?.length ?? 0;
      next = ContinuationToken;
    } while (next !== undefined);
    return count;
  }

  async headBucket(session: Session, bucket: string): Promise<void> {
    const { $metadata } = await this.s3(session).send(new HeadBucketCommand({ Bucket: bucket }));
    // A HEAD has no body to tell AWS by, so its headers must.
    if (!$metadata.requestId && !$metadata.extendedRequestId) throw new ForeignAnswer("the answer is not S3's");
  }

  destroy(): void {
    for (const handler of Object.values(this.handlers)) handler.destroy();
  }

  private s3(session: Session): S3Client {
    return new S3Client({ ...this.config("S3"), credentials: session.credentials, followRegionRedirects: false });
  }

  /** Every setting is given here: what the SDK does not find it looks for in files and in variables of its own. */
  private config(service: Service) {
    const url = redirection(service, this.env)?.url;
    return {
      region: this.region,
      ...(url === undefined ? {} : { endpoint: url }),
      ignoreConfiguredEndpointUrls: true,
      useFipsEndpoint: this.env.AWS_USE_FIPS_ENDPOINT?.toLowerCase() === "true",
      useDualstackEndpoint: this.env.AWS_USE_DUALSTACK_ENDPOINT?.toLowerCase() === "true",
      requestHandler: this.handlers[service],
      streamCollector: collect,
      maxAttempts: 1,
      retryMode: "standard",
      defaultsMode: "standard" as const,
      authSchemePreference: [],
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
      defaultUserAgentProvider: async (): Promise<[string, string][]> => [["qovery-irsa-verifier", VERSION]],
      userAgentAppId: async () => undefined,
      sigv4aSigningRegionSet: async () => undefined,
      disableClockSkewCorrection: async () => false,
    };
  }
}

/** AssumeRoleWithWebIdentity is not signed: a call that asks for credentials all the same is an error of ours. */
const noCredentials = async () => {
  throw new Error("no credentials but the role's own may be used");
};

/** The SDK reads ~/.aws/config for defaults; a profile, or a broken file, must not change a proof. */
function ignoreSharedFiles(): void {
  process.env.AWS_CONFIG_FILE = "/dev/null";
  process.env.AWS_SHARED_CREDENTIALS_FILE = "/dev/null";
  // The role's own credentials and this region are given to every client: nothing is to be looked up under these names.
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SDK_LOAD_CONFIG"]) delete process.env[name];
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
}
