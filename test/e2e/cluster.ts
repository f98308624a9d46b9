import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { Jwk } from "../../local/cluster-keys";

/** The Kubernetes cluster that KUBECONFIG names, with a program in place of a node. */
export class TestCluster {
  constructor(
    readonly kubeconfig: string,
    private readonly podRunner: string,
  ) {}

  /**
   * Runs kubectl, and returns the standard output.
   * @throws Error with the standard error, where kubectl fails
   */
  kubectl(args: readonly string[], input?: object): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        "kubectl",
        ["--kubeconfig", this.kubeconfig, ...args],
        { maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => (error ? reject(new Error(`kubectl ${args[0]}: ${stderr}`)) : resolve(stdout)),
      );
      if (input) child.stdin?.end(JSON.stringify(input));
    });
  }

  async apply(object: object): Promise<void> {
    await this.kubectl(["apply", "--server-side", "-f", "-"], object);
  }

  /** Deletes the namespace with everything in it, and waits for the end. */
  async deleteNamespace(namespace: string): Promise<void> {
    await this.kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait", "--timeout=120s"]);
  }

  /** Returns the issuer of the cluster's tokens. */
  async issuer(): Promise<string> {
    return JSON.parse(await this.kubectl(["get", "--raw", "/.well-known/openid-configuration"])).issuer;
  }

  /** Returns the keys that sign the cluster's tokens. */
  async keys(): Promise<readonly Jwk[]> {
    return JSON.parse(await this.kubectl(["get", "--raw", "/openid/v1/jwks"])).keys;
  }

  /**
   * Runs Pods until the returned function is called.
   * @param image of the Pods that run the verifier
   * @param env variables of every container
   */
  runPods(image: string, verifier: string, env: Readonly<Record<string, string>>, log: string): () => Promise<void> {
    const variables = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const options = ["--kubeconfig", this.kubeconfig, "--irsa", "eu-west-3", "--log", log];
    const child = spawn(this.podRunner, [...options, "--binary", `${image}=${verifier}`, ...variables], {
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    return async () => {
      child.kill();
      await ended;
    };
  }
}
