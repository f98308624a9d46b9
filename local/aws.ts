import { randomBytes } from "node:crypto";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { probedBucket } from "../config/probes";
import type { Project } from "../config/project";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { ClusterKeys, type Jwk, type TokenRequest } from "./cluster-keys";
import { type AccessKey, type AwsCall, Front } from "./front";
import { Moto } from "./moto";

export interface LocalAwsOptions {
  readonly project: Project;
  /** @default 0, which selects a free port */
  readonly port?: number;
  /** Public keys of issuers that sign their tokens elsewhere, such as a local Kubernetes. */
  readonly jwks?: ReadonlyMap<string, readonly Jwk[]>;
  /** Called with each signed call, before it is answered. */
  readonly onCall?: (call: AwsCall) => void;
}

/** The variables with which `terraform` or `aws` calls the embedded AWS. */
export type Environment = Readonly<Record<string, string>>;

/**
 * An AWS on this machine with the objects that a configuration expects: the OIDC providers of clusters with
 * `provider: existing`, which Qovery's engine creates, and the buckets of the Terraform state and of the probes.
 */
export class LocalAws {
  private constructor(
    private readonly front: Front,
    private readonly moto: Moto,
    /** The keys that sign the tokens of each cluster, by the cluster's name. */
    readonly clusters: ReadonlyMap<string, ClusterKeys>,
    /** The environments with which `terraform` or `aws` calls this AWS as an administrator, by account. */
    readonly environments: ReadonlyMap<string, Environment>,
    /** Every key and token of this AWS. A run searches its files for them. */
    readonly secrets: Set<string>,
  ) {}

  /** @throws Error if the port is in use, or moto does not start */
  static async start({ project, port, jwks = new Map(), onCall }: LocalAwsOptions): Promise<LocalAws> {
    const signers = new Map<string, ClusterKeys>();
    const own = project.clusters.filter(({ oidc }) => !jwks.has(oidc.issuer));
    // A cluster can have a file for each account.
    for (const { oidc } of own) if (!signers.has(oidc.issuer)) signers.set(oidc.issuer, new ClusterKeys(oidc.issuer));
    const clusters = new Map(own.map(({ name, oidc }) => [name, signers.get(oidc.issuer) as ClusterKeys]));
    const keys = new Map(jwks);
    for (const signer of signers.values()) keys.set(signer.issuer, await signer.jwks());
    const admins = administrators(project);
    const secrets = new Set([...admins].flatMap(([keyId, { secretKey }]) => [keyId, secretKey]));
    const moto = await Moto.start();
    let front: Front | undefined;
    try {
      front = await Front.start({
        moto,
        jwks: keys,
        admins,
        ...(port === undefined ? {} : { port }),
        ...(onCall === undefined ? {} : { onCall }),
        onSecret: (secret) => secrets.add(secret),
        local: (path, body) => tokenRequest(clusters, path, body, secrets),
      });
      const endpoint = `http://127.0.0.1:${front.port}`;
      const environments = new Map(
        [...admins].map(([keyId, admin]) => [admin.accountId, environmentOf(endpoint, keyId, admin)]),
      );
      const aws = new LocalAws(front, moto, clusters, environments, secrets);
      await seed(project, aws);
      return aws;
    } catch (error) {
      await front?.stop();
      await moto.stop();
      throw error;
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.front.port}`;
  }

  /** The environment of an administrator of the first account. */
  get environment(): Environment {
    return [...this.environments.values()][0] as Environment;
  }

  /** Returns the environment of an administrator of an account. @throws Error if no cluster is in the account */
  environmentOf(accountId: string): Environment {
    const environment = this.environments.get(accountId);
    if (!environment) throw new Error(`the embedded AWS has no account ${accountId}`);
    return environment;
  }

  /**
   * Returns a token of a cluster, as the cluster's TokenRequest API issues it.
   * @throws Error if the embedded AWS does not sign the cluster's tokens
   */
  async token(cluster: string, request: TokenRequest): Promise<string> {
    const keys = this.clusters.get(cluster);
    if (!keys) throw new Error(`the tokens of cluster ${cluster} are signed outside the embedded AWS`);
    const token = await keys.token(request);
    this.secrets.add(token);
    return token;
  }

  async stop(): Promise<void> {
    await this.front.stop();
    await this.moto.stop();
  }
}

interface Administrator extends AccessKey {
  /** The region of the first cluster of the account. */
  readonly region: string;
}

/** Returns an administrator of each account, by access key ID. */
function administrators({ clusters }: Project): Map<string, Administrator> {
  const regions = new Map<string, string>();
  for (const { accountId, region } of clusters) if (!regions.has(accountId)) regions.set(accountId, region);
  if (regions.size === 0) regions.set("123456789012", "us-east-1");
  // Random in each run, so that a search can find a leak, and a leak does no harm.
  const keyId = () => `AKIA${randomBytes(10).toString("hex").slice(0, 16).toUpperCase()}`;
  const secretKey = () => randomBytes(20).toString("hex");
  return new Map([...regions].map(([accountId, region]) => [keyId(), { accountId, region, secretKey: secretKey() }]));
}

function environmentOf(endpoint: string, keyId: string, { secretKey, region }: Administrator): Environment {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: keyId,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_REGION: region,
    // boto3 and older tools read this variable only.
    AWS_DEFAULT_REGION: region,
  };
}

/** Returns the client settings of an administrator of the embedded AWS. */
export function clientConfig(environment: Environment) {
  return {
    endpoint: environment.AWS_ENDPOINT_URL ?? "",
    region: environment.AWS_REGION ?? "",
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
    },
  };
}

async function seed(project: Project, aws: LocalAws): Promise<void> {
  for (const { accountId, region, oidc } of project.clusters) {
    if (oidc.provider !== "existing") continue;
    // The region of the signature determines the partition.
    const iam = new IAMClient({ ...clientConfig(aws.environmentOf(accountId)), region });
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: oidc.issuer, ClientIDList: [STS_AUDIENCE] }));
    iam.destroy();
  }
  for (const { name, region, accountId } of buckets(project)) {
    const environment = accountId === undefined ? aws.environment : aws.environmentOf(accountId);
    const s3 = new S3Client({ ...clientConfig(environment), region, forcePathStyle: true });
    const elsewhere =
      region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-3" } };
    await s3.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }));
    s3.destroy();
  }
}

interface Bucket {
  readonly name: string;
  readonly region: string;
  /** @default - the first account */
  readonly accountId?: string;
}

/** Returns the bucket of the state, and the buckets of the probes. */
function buckets({ state, clusters }: Project): Iterable<Bucket> {
  const found = new Map<string, Bucket>();
  if (state.backend === "s3") found.set(state.bucket, { name: state.bucket, region: state.region });
  for (const { region, accountId, roles } of clusters) {
    for (const name of roles.map(probedBucket))
      if (name !== undefined && !found.has(name)) found.set(name, { name, region, accountId });
  }
  return found.values();
}

/** Answers for the clusters' TokenRequest API, which `npm run local-pod` calls: POST /_local/clusters/<cluster>/token. */
async function tokenRequest(
  clusters: ReadonlyMap<string, ClusterKeys>,
  path: string,
  body: string,
  secrets: Set<string>,
): Promise<unknown> {
  const cluster = clusters.get(/^clusters\/([^/]+)\/token$/.exec(path)?.[1] ?? "");
  if (!cluster) return undefined;
  const token = await cluster.token(JSON.parse(body) as TokenRequest);
  secrets.add(token);
  return { token };
}
