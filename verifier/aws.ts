import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { rootCertificates } from "node:tls";
import { HeadBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

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

/** What happened on the wire, for reports on the network. */
export interface Wire {
  /** The host that was called last. */
  host?: string;
  /** AWS's clock less this one, in seconds, from the last answer's `Date`. */
  clockSkew?: number;
}

/** Milliseconds to a connection; beyond it, a pod's network drops packets rather than being slow. */
const CONNECTION_TIMEOUT = 5000;

/** IAM's session name, which CloudTrail shows. */
const SESSION_NAME = "qovery-irsa-verifier";

/** Buckets of one page, the most that ListBuckets takes; an account with a raised quota must be paginated. */
const BUCKETS_A_PAGE = 1000;

/**
 * The calls that a proof consists of, with the token and the role's credentials and nothing else: no default chain, no
 * shared configuration files, no retries of the SDK's own.
 */
export class Aws {
  readonly wire: Wire = {};
  private readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  private readonly sts: STSClient;

  constructor(
    private readonly region: string,
    private readonly signal: AbortSignal,
    env: NodeJS.ProcessEnv,
  ) {
    ignoreSharedFiles();
    // One connection of each endpoint for all calls; proxies as the AWS CLI and curl take them, which the SDK does not.
    const options = { keepAlive: true, proxyEnv: env };
    const ca = certificates(env);
    this.agents = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(ca ? { ...options, ca } : options) };
    this.sts = this.observed(new STSClient({ ...this.config(), credentials: noCredentials }));
  }

  async assumeRole(roleArn: string, token: string): Promise<Session> {
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      WebIdentityToken: token,
    });
    const { Credentials, AssumedRoleUser } = await this.sts.send(command, this.abort());
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !AssumedRoleUser?.Arn) {
      throw new ForeignAnswer("STS's answer holds no credentials");
    }
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { credentials, arn: AssumedRoleUser.Arn };
  }

  /** The ARN that AWS knows the session by. */
  async callerArn(session: Session): Promise<string> {
    const sts = this.observed(new STSClient({ ...this.config(), credentials: session.credentials }));
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}), this.abort());
    if (!Arn) throw new ForeignAnswer("STS's answer holds no identity");
    return Arn;
  }

  async countBuckets(session: Session): Promise<number> {
    const s3 = this.s3(session);
    let count = 0;
    let next: string | undefined;
    do {
      const page = { MaxBuckets: BUCKETS_A_PAGE, ...(next === undefined ? {} : { ContinuationToken: next }) };
      const { Buckets, Owner, ContinuationToken } = await s3.send(new ListBucketsCommand(page), this.abort());
      // An account without buckets still has an owner; an answer with neither is somebody else's.
      if (!Buckets && !Owner) throw new ForeignAnswer("S3's answer holds no list of buckets");
      count += Buckets?.length ?? 0;
      next = ContinuationToken;
    } while (next !== undefined);
    return count;
  }

  async headBucket(session: Session, bucket: string): Promise<void> {
    const { $metadata } = await this.s3(session).send(new HeadBucketCommand({ Bucket: bucket }), this.abort());
    // A HEAD has no body to tell AWS by, so its headers must.
    if (!$metadata.requestId && !$metadata.extendedRequestId) throw new ForeignAnswer("the answer is not S3's");
  }

  destroy(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }

  private s3(session: Session): S3Client {
    return this.observed(
      new S3Client({ ...this.config(), credentials: session.credentials, followRegionRedirects: false }),
    );
  }

  private config() {
    return {
      region: this.region,
      maxAttempts: 1,
      requestHandler: { ...this.agents, connectionTimeout: CONNECTION_TIMEOUT },
    };
  }

  private abort() {
    return { abortSignal: this.signal };
  }

  /** Notes the host of each request and the clock of each answer. */
  private observed<T extends STSClient | S3Client>(client: T): T {
    const stack = (client as STSClient).middlewareStack;
    stack.add(
      (next) => async (args) => {
        this.wire.host = (args.request as { hostname?: string }).hostname ?? "";
        const result = await next(args);
        const headers = (result.response as { headers?: Record<string, string> }).headers;
        const date = Date.parse(headers?.date ?? "");
        if (!Number.isNaN(date)) this.wire.clockSkew = (date - Date.now()) / 1000;
        return result;
      },
      { step: "finalizeRequest", priority: "low", name: "qoveryIrsaWire" },
    );
    return client;
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

/** Extra certificate authorities as the AWS CLI and boto3 take them; NODE_EXTRA_CA_CERTS is Node's own. */
function certificates(env: NodeJS.ProcessEnv): string[] | undefined {
  if (!env.AWS_CA_BUNDLE) return undefined;
  try {
    return [...rootCertificates, readFileSync(env.AWS_CA_BUNDLE, "utf8")];
  } catch {
    // Not there: the connection is tried without, and its failure says that a certificate is not trusted.
    return undefined;
  }
}
