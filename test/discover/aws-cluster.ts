import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { PolicyDocument } from "../../iam/policy-types";
import { clientConfig, LocalAws } from "../../local/aws";
import type { Ended } from "../../local/child-process";
import type { AwsCall } from "../../local/front";
import { runCommand } from "../commands/run-command";
import { exampleProject } from "../local/project";

export const ACCOUNT = "123456789012";
export const CLUSTER = "qovery-z1234abcd";
const CLUSTER_ARN = `arn:aws:eks:eu-west-3:${ACCOUNT}:cluster/${CLUSTER}`;

/** A role that somebody created by hand. */
export interface HandMadeRole {
  readonly name: string;
  readonly trust: object;
  readonly path?: string;
  readonly description?: string;
  readonly boundary?: string;
  readonly seconds?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policies?: readonly string[];
  readonly inline?: Readonly<Record<string, object>>;
}

export interface AnnotatedAccount {
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
  /** The Helm release that the service account belongs to. */
  readonly release?: string;
}

/** An EKS cluster in an embedded AWS without a configuration, and a Kubernetes API that lists its service accounts. */
export class AwsCluster {
  serviceAccounts: readonly AnnotatedAccount[] = [];
  private readonly iam: IAMClient;

  private constructor(
    readonly folder: string,
    readonly aws: LocalAws,
    readonly issuer: string,
    /** Every call of AWS since the start. */
    readonly calls: AwsCall[],
    private readonly kubernetes: Server,
  ) {
    this.iam = new IAMClient(clientConfig(aws.environment));
  }

  static async start(): Promise<AwsCluster> {
    const calls: AwsCall[] = [];
    const project = { ...exampleProject(), clusters: [] };
    const aws = await LocalAws.start({ project, onCall: (call) => calls.push(call) });
    const eks = new EKSClient({ ...clientConfig(aws.environment), region: "eu-west-3" });
    const created = await eks.send(
      new CreateClusterCommand({
        name: CLUSTER,
        roleArn: `arn:aws:iam::${ACCOUNT}:role/eks`,
        resourcesVpcConfig: { subnetIds: ["subnet-1", "subnet-2"] },
      }),
    );
    eks.destroy();
    const kubernetes = createServer();
    const cluster = new AwsCluster(
      mkdtempSync(join(tmpdir(), "discover-")),
      aws,
      created.cluster?.identity?.oidc?.issuer ?? "",
      calls,
      kubernetes,
    );
    kubernetes.on("request", ({ url = "" }, response) => {
      const { status, body } = cluster.list(new URL(url, "http://localhost"));
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => kubernetes.listen(0, "127.0.0.1", resolve));
    cluster.writeKubeconfig();
    return cluster;
  }

  /** Answers pages of two service accounts. */
  private list({ pathname, searchParams }: URL): { status: number; body: object } {
    if (pathname !== "/api/v1/serviceaccounts") return { status: 404, body: {} };
    const from = Number(searchParams.get("continue") ?? 0);
    const items = this.serviceAccounts.slice(from, from + 2).map(({ namespace, name, roleArn, release }) => ({
      metadata: {
        namespace,
        name,
        annotations: {
          "eks.amazonaws.com/role-arn": roleArn,
          ...(release === undefined ? {} : { "meta.helm.sh/release-name": release }),
        },
      },
    }));
    const next = from + 2 < this.serviceAccounts.length ? { continue: String(from + 2) } : {};
    return {
      status: 200,
      body: { metadata: next, items: [...items, { metadata: { namespace: "z1", name: "plain" } }] },
    };
  }

  private writeKubeconfig(): void {
    const server = `http://127.0.0.1:${(this.kubernetes.address() as AddressInfo).port}`;
    const kubeconfig = {
      clusters: [{ name: CLUSTER_ARN, cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "user", user: {} }],
      contexts: [{ name: "eks", context: { cluster: CLUSTER_ARN, user: "user" } }],
    };
    writeFileSync(join(this.folder, "kubeconfig"), JSON.stringify(kubeconfig));
  }

  get providerArn(): string {
    return `arn:aws:iam::${ACCOUNT}:oidc-provider/${this.issuer.slice("https://".length)}`;
  }

  async createProvider(url: string, clientIds: readonly string[] = ["sts.amazonaws.com"]): Promise<void> {
    await this.iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: [...clientIds] }));
  }

  /** Returns the environment of a user with one policy. */
  async user(name: string, policy: PolicyDocument): Promise<Record<string, string>> {
    const PolicyDocument = JSON.stringify(policy);
    await this.iam.send(new CreateUserCommand({ UserName: name }));
    await this.iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument }));
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName: name }));
    return {
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
    };
  }

  async createRoles(roles: readonly HandMadeRole[]): Promise<void> {
    for (const { name, trust, path, description, boundary, seconds, tags = {}, policies = [], inline = {} } of roles) {
      const optional = {
        ...(path === undefined ? {} : { Path: path }),
        ...(description === undefined ? {} : { Description: description }),
        ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
        ...(seconds === undefined ? {} : { MaxSessionDuration: seconds }),
      };
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const AssumeRolePolicyDocument = JSON.stringify(trust);
      await this.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument, Tags, ...optional }));
      for (const PolicyArn of policies) await this.iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
      for (const [PolicyName, document] of Object.entries(inline)) {
        const PolicyDocument = JSON.stringify(document);
        await this.iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName, PolicyDocument }));
      }
    }
  }

  /** Writes files of the configuration. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(this.folder, path, ".."), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  /** Runs `discover`. */
  discover(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const env = {
      PATH: process.env.PATH,
      HOME: this.folder,
      ...this.aws.environment,
      AWS_REGION: "eu-west-3",
      IRSA_CONFIG: join(this.folder, "irsa.yaml"),
      KUBECONFIG: join(this.folder, "kubeconfig"),
      ...environment,
    };
    return runCommand("discover", args, env);
  }

  async stop(): Promise<void> {
    this.iam.destroy();
    this.kubernetes.closeAllConnections();
    this.kubernetes.close();
    await this.aws.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
