import { randomBytes } from "node:crypto";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { probedBucket } from "../config/probes";
import type { Project } from "../config/project";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { ClusterKeys, type Jwk, type TokenRequest } from "./cluster-keys";
import { type AwsCall, Front } from "./front";
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
    /** The environment with which `terraform` or `aws` calls this AWS as an administrator. */
    readonly environment: Readonly<Record<string, string>>,
    /** Every key and token of this AWS. A run searches its files for them. */
    readonly secrets: Set<string>,
  ) {}

  /** @throws Error if the configuration has several AWS accounts, the port is in use, or moto does not start */
  static async start({ project, port, jwks = new Map(), onCall }: LocalAwsOptions): Promise<LocalAws> {
    const accountId = onlyAccount(project);
    const clusters = new Map(
      project.clusters
        .filter((cluster) => !jwks.has(cluster.oidc.issuer))
        .map((cluster) => [cluster.name, new ClusterKeys(cluster.oidc.issuer)]),
    );
    const keys = new Map(jwks);
    for (const cluster of clusters.values()) keys.set(cluster.issuer, await cluster.jwks());
    // Random in each run, so that a search can find a leak, and a leak does no harm.
    const adminKeyId = `AKIA${randomBytes(10).toString("hex").slice(0, 16).toUpperCase()}`;
    const region = project.clusters[0]?.region ?? "us-east-1";
    const secretKey = randomBytes(20).toString("hex");
    const secrets = new Set([adminKeyId, secretKey]);
    const moto = await Moto.start(accountId);
    let front: Front | undefined;
    try {
      front = await Front.start({
        moto,
        jwks: keys,
        admin: { keyId: adminKeyId, secretKey },
        ...(port === undefined ? {} : { port }),
        ...(onCall === undefined ? {} : { onCall }),
        onSecret: (secret) => secrets.add(secret),
        local: (path, body) => tokenRequest(clusters, path, body, secrets),
      });
      const environment = {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${front.port}`,
        AWS_ACCESS_KEY_ID: adminKeyId,
        AWS_SECRET_ACCESS_KEY: secretKey,
        AWS_REGION: region,
        // boto3 and older tools read this variable only.
        AWS_DEFAULT_REGION: region,
      };
      await seed(project, environment);
      return new LocalAws(front, moto, clusters, environment, secrets);
    } catch (error) {
      await front?.stop();
      await moto.stop();
      throw error;
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.front.port}`;
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

function onlyAccount(project: Project): string {
  const accounts = [...new Set(project.clusters.map((cluster) => cluster.accountId))];
  if (accounts.length > 1) {
    throw new Error(
      `the embedded AWS is one account, and the clusters are in ${accounts.length} (${accounts.join(", ")}); use a configuration with one accountId`,
    );
  }
  return accounts[0] ?? "123456789012";
}

/** Returns the client settings of an administrator of the embedded AWS. */
export function clientConfig(environment: Readonly<Record<string, string>>) {
  return {
    endpoint: environment.AWS_ENDPOINT_URL ?? "",
    region: environment.AWS_REGION ?? "",
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
    },
  };
}

async function seed(project: Project, environment: Readonly<Record<string, string>>): Promise<void> {
  const config = clientConfig(environment);
  const iam = new IAMClient(config);
  for (const { oidc } of project.clusters) {
    if (oidc.provider !== "existing") continue;
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: oidc.issuer, ClientIDList: [STS_AUDIENCE] }));
  }
  iam.destroy();
  for (const { name, region } of buckets(project)) {
    const s3 = new S3Client({ ...config, region, forcePathStyle: true });
    const elsewhere =
      region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-3" } };
    await s3.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }));
    s3.destroy();
  }
}

/** Returns the bucket of the state, and the buckets of the probes. */
function buckets({ state, clusters }: Project): Iterable<{ name: string; region: string }> {
  const found = new Map<string, { name: string; region: string }>();
  if (state.backend === "s3") found.set(state.bucket, { name: state.bucket, region: state.region });
  for (const { region, roles } of clusters) {
    for (const name of roles.map(probedBucket))
      if (name !== undefined && !found.has(name)) found.set(name, { name, region });
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
