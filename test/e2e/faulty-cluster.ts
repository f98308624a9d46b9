import { setTimeout } from "node:timers/promises";
import { TestCluster } from "../../local/test-cluster";

/** A test cluster whose node fails in the ways that the program in place of the node does not. */
export class FaultyCluster extends TestCluster {
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
        const all = await this.list<Pod>("pods", namespace);
        const pods = all.filter(({ metadata }) => !seen.has(metadata.uid));
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
