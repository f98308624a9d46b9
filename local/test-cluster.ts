import execa from "execa";
import type { Jwk } from "./cluster-keys";

/** The Kubernetes cluster of a kubeconfig, with a program in place of a node. */
export class TestCluster {
  constructor(
    readonly kubeconfig: string,
    private readonly podRunner: string,
  ) {}

  /**
   * Runs kubectl, and returns the standard output.
   * @throws Error with the output, where kubectl fails
   */
  async kubectl(args: readonly string[], input?: object): Promise<string> {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    return (await execa("kubectl", ["--kubeconfig", this.kubeconfig, ...args], options)).stdout;
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
    const child = execa(this.podRunner, [...options, "--binary", `${image}=${verifier}`, ...variables], {
      stdio: "ignore",
      reject: false,
    });
    return async () => {
      child.kill();
      await child;
    };
  }
}
