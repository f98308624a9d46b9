import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Cluster } from "../../../config/project";
import { clientConfig, LocalAws } from "../../../local/aws";
import { createRoles } from "../../../local/roles";
import { samplePod, sampleProject } from "../../../local/sample";
import { inPod } from "../../../local/simulated-pod";
import { type Certificates, makeCertificates } from "./certificates";
import type { Fault, Place } from "./fault";
import { FaultServer } from "./fault-server";
import { AUDIENCE_ISSUER, LATE_ISSUER, REBUILT_ISSUER, roleArnOf } from "./names";

/** What all faults share: the embedded AWS with one role that may list buckets, and certificates. */
export interface World {
  readonly aws: LocalAws;
  readonly certificates: Certificates;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "faults-"));
  const sample = sampleProject();
  const [cluster] = sample.clusters as [Cluster];
  // Their keys are known, as a cluster's are; the account has no provider for the one, and for the other one of its own.
  const strange = [REBUILT_ISSUER, AUDIENCE_ISSUER, LATE_ISSUER].map(
    (issuer): Cluster => ({
      ...cluster,
      name: issuer,
      oidc: { ...cluster.oidc, issuer, provider: "create" },
      roles: [],
    }),
  );
  const aws = await LocalAws.start({ project: { ...sample, clusters: [cluster, ...strange] } });
  const iam = new IAMClient(clientConfig(aws.environment));
  await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: AUDIENCE_ISSUER, ClientIDList: ["sts.amazonaws.com "] }),
  );
  iam.destroy();
  await createRoles(aws, cluster.roles);
  return {
    aws,
    folder,
    certificates: makeCertificates(join(folder, "certificates")),
    stop: async () => {
      await aws.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A fault as it stands around a process. */
export interface Situation {
  readonly env: Readonly<Record<string, string>>;
  /** Holds the token and all else that the environment names. */
  readonly folder: string;
  /** Ends when the first call has come in. */
  readonly called: Promise<void>;
}

/**
 * Makes a fault real, and takes it away when `use` has ended.
 * @param heal whether what is to happen meanwhile does
 */
export async function inSituation<T>(
  { aws, certificates, folder: root }: World,
  fault: Fault,
  heal: boolean,
  use: (situation: Situation) => Promise<T>,
): Promise<T> {
  if (fault.role) await createRoles(aws, [{ path: "/", managedPolicies: [], inlinePolicies: [], ...fault.role }]);
  await fault.prepare?.(aws);
  const called = new Signal();
  const server =
    fault.server || fault.tls
      ? await FaultServer.start({
          script: fault.server ?? {},
          target: aws.endpoint,
          tls: fault.tls && certificates.of(fault.tls),
          onRequest: called.give,
          onRefusal: async () => (heal ? fault.meanwhile?.(aws) : undefined),
        })
      : undefined;
  const folder = mkdtempSync(join(root, "fault-"));
  // For the user of a container, too.
  chmodSync(folder, 0o755);
  const address = server?.address ?? aws.endpoint.slice("http://".length);
  const endpoint = `${fault.tls ? "https" : "http"}://${address}`;
  const place: Place = { endpoint, address, folder, authority: certificates.authority };
  try {
    return await inPod(pod(aws, fault, place), async (env) => {
      const tokenFile = join(folder, "token");
      await putToken(
        heal || fault.tokenFile !== "late" ? fault.tokenFile : "missing",
        tokenFile,
        fault.token?.(aws) ?? (await samplePod(aws).token()),
      );
      // The token lies in this run's folder, which a container can mount.
      const injected = env.AWS_WEB_IDENTITY_TOKEN_FILE?.includes("qovery-irsa-pod-");
      const all = { ...env, ...(injected ? { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile } : {}) };
      return use({
        env: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
        folder,
        called: called.given,
      });
    });
  } finally {
    await server?.stop();
  }
}

function pod(aws: LocalAws, fault: Fault, place: Place) {
  const { roleArn: sampleArn, ...sample } = samplePod(aws);
  const annotation = fault.annotation ?? (fault.role ? roleArnOf(fault.role.name, fault.role.path) : sampleArn);
  const variables = typeof fault.variables === "function" ? fault.variables(place) : fault.variables;
  return {
    ...sample,
    endpoint: place.endpoint,
    ...(fault.annotation === null || annotation === undefined ? {} : { roleArn: annotation }),
    ...(variables ? { variables } : {}),
  };
}

/** Something that is waited for. */
class Signal {
  give = () => {};
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
}

/** How long after the start a late token comes, in milliseconds. */
const LATE = 300;

async function putToken(kind: Fault["tokenFile"], path: string, token: string): Promise<void> {
  switch (kind) {
    case "missing":
      return;
    case "folder":
      return void (await mkdir(path));
    case "loop":
      return symlinkSync(path, path);
    case "pipe":
      return void execFileSync("mkfifo", [path]);
    case "late":
      return void setTimeout(() => writeFileSync(path, token), LATE);
    default:
      // Readable for any user, as the kubelet makes it for a pod's group.
      return writeFileSync(path, token, { mode: 0o644 });
  }
}
