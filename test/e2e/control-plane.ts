import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import execa from "execa";

const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;

/** The controllers that Jobs, Pods, service accounts and namespaces need. */
const CONTROLLERS =
  "serviceaccount-controller,job-controller,garbage-collector-controller,namespace-controller,root-ca-certificate-publisher-controller";

/** How often the API server is asked whether it is ready. */
const ATTEMPTS = 240;

/** Returns the programs that a folder, laid out as KUBEBUILDER_ASSETS is, lacks to run Jobs. */
export function missingPrograms(assets: string): string[] {
  return PROGRAMS.filter((name) => !existsSync(join(assets, name)));
}

/** A Kubernetes control plane on loopback, without nodes. */
export class ControlPlane {
  private readonly running: execa.ExecaChildProcess[] = [];

  private constructor(
    private readonly assets: string,
    private readonly folder: string,
  ) {}

  /**
   * @param assets the folder of the programs
   * @param folder the folder for data, keys and logs
   * @param issuer the issuer of the service account tokens
   */
  static async start(assets: string, folder: string, issuer: string): Promise<ControlPlane> {
    const controlPlane = new ControlPlane(assets, folder);
    try {
      await controlPlane.run(issuer);
      return controlPlane;
    } catch (error) {
      await controlPlane.stop();
      throw error;
    }
  }

  /** Path of an administrator's kubeconfig. */
  get kubeconfig(): string {
    return join(this.folder, "kubeconfig");
  }

  async stop(): Promise<void> {
    for (const child of this.running.reverse()) {
      child.kill();
      await child;
    }
  }

  private async run(issuer: string): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const at = (name: string) => join(this.folder, name);
    const [etcd, peer, api, controllers] = await freePorts(4);
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    writeFileSync(at("sa.key"), privateKey, { mode: 0o600 });
    writeFileSync(at("sa.pub"), publicKey);
    writeFileSync(at("tokens.csv"), "admin,admin,admin,system:masters\n");
    const [client, peers] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peer}`];
    this.start("etcd", {
      "data-dir": at("etcd"),
      "listen-client-urls": client,
      "advertise-client-urls": client,
      "listen-peer-urls": peers,
      "initial-advertise-peer-urls": peers,
      "initial-cluster": `default=${peers}`,
    });
    this.start("kube-apiserver", {
      "etcd-servers": client,
      "bind-address": "127.0.0.1",
      "secure-port": `${api}`,
      "cert-dir": at("certs"),
      "service-account-key-file": at("sa.pub"),
      "service-account-signing-key-file": at("sa.key"),
      "service-account-issuer": issuer,
      "api-audiences": "kubernetes",
      "service-cluster-ip-range": "10.96.0.0/24",
      "token-auth-file": at("tokens.csv"),
      "authorization-mode": "RBAC",
    });
    const server = { server: `https://127.0.0.1:${api}`, "certificate-authority": at("certs/apiserver.crt") };
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "local", cluster: server }],
      users: [{ name: "admin", user: { token: "admin" } }],
      contexts: [{ name: "local", context: { cluster: "local", user: "admin" } }],
      "current-context": "local",
    };
    writeFileSync(this.kubeconfig, JSON.stringify(kubeconfig));
    await this.until("get", "--raw", "/readyz");
    this.start("kube-controller-manager", {
      kubeconfig: this.kubeconfig,
      "service-account-private-key-file": at("sa.key"),
      "root-ca-file": at("certs/apiserver.crt"),
      controllers: CONTROLLERS,
      "bind-address": "127.0.0.1",
      "secure-port": `${controllers}`,
      "leader-elect": "false",
    });
    await this.until("get", "serviceaccount", "default", "--namespace", "default");
  }

  private start(program: string, flags: Readonly<Record<string, string>>): void {
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.running.push(execa(join(this.assets, program), args, { stdio: "ignore", reject: false }));
  }

  /** Repeats a call of kubectl until it succeeds. */
  private async until(...args: string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const options = ["--kubeconfig", this.kubeconfig, ...args];
      const { exitCode, stderr } = await execa(join(this.assets, "kubectl"), options, { reject: false });
      if (exitCode === 0) return;
      if (attempt === ATTEMPTS) throw new Error(`the control plane does not start: ${stderr}`);
      await setTimeout(500);
    }
  }
}

/** Returns ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
