import { setTimeout } from "node:timers/promises";
import execa from "execa";
import type { Jwk } from "../../local/cluster-keys";

/** The Kubernetes cluster that KUBECONFIG names, with a program in place of a node. */
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

  /** Plays the kubelet of a node without memory: evicts the Pod of a Job. */
  async evict(namespace: string, job: string): Promise<void> {
    const selector = `batch.kubernetes.io/job-name=${job}`;
    await this.kubectl(["wait", "pod", "-n", namespace, "-l", selector, "--for=create", "--timeout=30s"]);
    const status = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
    const pod = await this.kubectl(["get", "pod", "-n", namespace, "-l", selector, "-o", "name"]);
    const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
    await this.kubectl(["patch", pod.trim(), "-n", namespace, ...patch]);
  }

  /**
   * Plays the kubelet of a node that cannot pull an image, until the returned function is called. The program in place
   * of a node pulls no images.
   */
  refuseImages(namespace: string): () => Promise<void> {
    let stopped = false;
    const refuse = async ({ metadata, spec }: Pod) => {
      const [{ name, image }] = spec.containers;
      const waiting = { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` };
      const status = {
        containerStatuses: [{ name, image, imageID: "", ready: false, restartCount: 0, state: { waiting } }],
      };
      const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
      await this.kubectl(["patch", "pod", metadata.name, "-n", namespace, ...patch]);
      const messages = [`Failed to pull image "${image}": not found`, "Error: ErrImagePull", "Error: ImagePullBackOff"];
      const events = messages.map((message, index) => ({
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `${metadata.name}.${index}`, namespace },
        involvedObject: { kind: "Pod", name: metadata.name, namespace, uid: metadata.uid },
        type: "Warning",
        reason: "Failed",
        message,
      }));
      await this.apply({ apiVersion: "v1", kind: "List", items: events });
    };
    const loop = async () => {
      const seen = new Set<string>();
      while (!stopped) {
        const { items } = JSON.parse(await this.kubectl(["get", "pods", "-n", namespace, "-o", "json"]));
        const pods = (items as Pod[]).filter(({ metadata }) => !seen.has(metadata.uid));
        for (const { metadata } of pods) seen.add(metadata.uid);
        await Promise.all(pods.map(refuse));
        await setTimeout(300);
      }
    };
    const running = loop();
    return () => {
      stopped = true;
      return running;
    };
  }
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly containers: readonly [{ readonly name: string; readonly image: string }] };
}
