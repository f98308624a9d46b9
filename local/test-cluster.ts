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

  /** Returns the objects of a kind in a namespace. @param options of `kubectl get` */
  async list<T>(kind: string, namespace: string, ...options: string[]): Promise<T[]> {
    return JSON.parse(await this.kubectl(["get", kind, "-n", namespace, ...options, "-o", "json"])).items;
  }

  /** Creates an empty namespace with the Pod Security level restricted. Deletes an existing namespace first. */
  async recreateNamespace(namespace: string): Promise<void> {
    await this.deleteNamespace(namespace);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
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
   * Runs Pods on an embedded AWS until the returned function is called.
   * @param image of the Pods that run the verifier
   * @param log the folder for the output of the Pods
   */
  runPods(image: string, verifier: string, awsEndpoint: string, log: string): () => Promise<void> {
    const variables = ["--env", `AWS_ENDPOINT_URL=${awsEndpoint}`, "--env", "IRSA_VERIFIER_ALLOW_ENDPOINT=true"];
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
