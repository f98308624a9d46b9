import { createHash } from "node:crypto";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ForeignAnswer } from "./aws-error";
import { Buckets } from "./buckets";
import { isOn, redirection, type Service } from "./endpoint";
import { onlyGenuine } from "./genuine";
import { collect, HttpHandler, type Wire } from "./http";
import { lean } from "./lean";

/** Temporary credentials of a role. They stay in memory. */
export interface Session {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` */
  readonly arn: string;
}

/** The default session name of the verifier, which CloudTrail shows. */
export const VERIFIER_SESSION = "qovery-irsa-verifier";

/**
 * The calls of a proof. They use only the token and the role's credentials: no default credential chain, no shared
 * configuration files, no retries of the SDK.
 */
export class Aws {
  private readonly handlers: Readonly<Record<Service, HttpHandler>>;
  private readonly sts: STSClient;
  private buckets: Buckets | undefined;
  private session: Session | undefined;

  constructor(
    private readonly region: string,
    signal: AbortSignal,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    ignoreSharedFiles();
    this.handlers = { STS: new HttpHandler(env, signal), S3: new HttpHandler(env, signal) };
    this.sts = lean(new STSClient(this.config("STS")));
  }

  /** Returns what happened on the wire to a service. */
  wire(service: Service): Wire {
    return this.handlers[service].wire;
  }

  /** @param meanwhile called while STS responds */
  async assumeRole(
    roleArn: string,
    token: string,
    sessionName = VERIFIER_SESSION,
    meanwhile?: () => void,
  ): Promise<Session> {
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      WebIdentityToken: token,
    });
    if (meanwhile) this.handlers.STS.onceSent(meanwhile);
    const { Credentials, AssumedRoleUser } = await this.sts.send(command);
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !AssumedRoleUser?.Arn) {
      throw new ForeignAnswer("the response of STS has no credentials");
    }
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const session = { credentials, arn: AssumedRoleUser.Arn };
    this.use(session);
    return session;
  }

  /** Loads the modules for the calls with the role's credentials. */
  prepare(): void {
    createHash("sha256");
    void this.s3();
  }

  /** Sets the session of the next calls. */
  use(session: Session): void {
    this.session = session;
  }

  /** Returns the ARN of the session, as AWS reports it. */
  async callerArn(): Promise<string> {
    const { Arn } = await this.sts.send(new GetCallerIdentityCommand({}));
    if (!Arn) throw new ForeignAnswer("the response of STS has no identity");
    return Arn;
  }

  async countBuckets(): Promise<number> {
    return this.s3().count();
  }

  async headBucket(bucket: string): Promise<void> {
    return this.s3().head(bucket);
  }

  destroy(): void {
    for (const handler of Object.values(this.handlers)) handler.destroy();
  }

  private s3(): Buckets {
    this.buckets ??= new Buckets(this.config("S3"), redirection("S3", this.env) !== undefined);
    return this.buckets;
  }

  /** Returns every setting: the SDK reads a missing one from files and variables. */
  private config(service: Service) {
    const url = redirection(service, this.env)?.url;
    return {
      region: this.region,
      credentials: async () => {
        // AssumeRoleWithWebIdentity is not signed, so no call before it needs credentials.
        if (!this.session) throw new Error("only the role's credentials can sign calls");
        return this.session.credentials;
      },
      ...(url === undefined ? {} : { endpoint: url }),
      ignoreConfiguredEndpointUrls: true,
      useFipsEndpoint: isOn("AWS_USE_FIPS_ENDPOINT", this.env),
      useDualstackEndpoint: isOn("AWS_USE_DUALSTACK_ENDPOINT", this.env),
      requestHandler: onlyGenuine(this.handlers[service]),
      streamCollector: collect,
      retryMode: "standard",
      defaultsMode: "standard" as const,
      authSchemePreference: [],
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
      defaultUserAgentProvider: async () => [],
      userAgentAppId: async () => undefined,
      sigv4aSigningRegionSet: async () => undefined,
      disableClockSkewCorrection: async () => false,
    };
  }
}

/** Keeps the SDK from reading ~/.aws/config: a profile or an invalid file must not change a proof. */
function ignoreSharedFiles(): void {
  process.env.AWS_CONFIG_FILE = "/dev/null";
  process.env.AWS_SHARED_CREDENTIALS_FILE = "/dev/null";
  // Every client gets its credentials and region, so no profile is needed.
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SDK_LOAD_CONFIG"]) delete process.env[name];
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
}
