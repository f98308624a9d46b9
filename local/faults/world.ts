import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import type { Cluster } from "../../config/project";
import { withIam } from "../administrator";
import { LocalAws } from "../aws";
import { createRoles } from "../roles";
import { samplePod, sampleProject } from "../sample";
import { inPod } from "../simulated-pod";
import { type Certificates, createCertificates } from "./certificates";
import type { Fault, Place } from "./fault";
import { FaultServer } from "./fault-server";
import { AUDIENCE_ISSUER, LATE_ISSUER, REBUILT_ISSUER, roleArnOf } from "./sample-names";

/** What all faults share: the embedded AWS with one role that can list buckets, and certificates. */
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
  // STS knows the keys of these clusters. The account has no provider for two of them.
  const others = [REBUILT_ISSUER, AUDIENCE_ISSUER, LATE_ISSUER].map(
    (issuer): Cluster => ({
      ...cluster,
      name: issuer,
      oidc: { ...cluster.oidc, issuer, provider: "create" },
      roles: [],
    }),
  );
  const aws = await LocalAws.start({ project: { ...sample, clusters: [cluster, ...others] } });
  await withIam(aws, (iam) =>
    iam.send(new CreateOpenIDConnectProviderCommand({ Url: AUDIENCE_ISSUER, ClientIDList: ["sts.amazonaws.com "] })),
  );
  await createRoles(aws, cluster.roles);
  return {
    aws,
    folder,
    certificates: createCertificates(join(folder, "certificates")),
    stop: async () => {
      await aws.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A staged fault, as a process meets it. */
export interface Situation {
  readonly env: Readonly<Record<string, string>>;
  /** Holds the token file. */
  readonly folder: string;
  /** Resolves when the first call arrives. */
  readonly called: Promise<void>;
}

/**
 * Stages a fault, and removes it when `use` ends.
 * @param recovers whether the fault ends during the run: `meanwhile` runs, and a late token file appears
 */
export async function inSituation<T>(
  { aws, certificates, folder: root }: World,
  fault: Fault,
  recovers: boolean,
  use: (situation: Situation) => Promise<T>,
): Promise<T> {
  if (fault.role) await createRoles(aws, [{ path: "/", managedPolicies: [], inlinePolicies: [], ...fault.role }]);
  const called = new Signal();
  const server =
    fault.server || fault.tls
      ? await FaultServer.start({
          script: fault.server ?? {},
          target: aws.endpoint,
          tls: fault.tls && certificates.of(fault.tls),
          onRequest: called.give,
          onRefusal: async () => (recovers ? fault.meanwhile?.(aws) : undefined),
        })
      : undefined;
  const folder = mkdtempSync(join(root, "fault-"));
  // The user of a container must be able to read the token.
  chmodSync(folder, 0o755);
  const address = server?.address ?? aws.endpoint.slice("http://".length);
  const place: Place = {
    endpoint: `${fault.tls ? "https" : "http"}://${address}`,
    address,
    authority: certificates.authority,
    otherAuthority: certificates.otherAuthority,
  };
  try {
    return await inPod(pod(aws, fault, place), async (env) => {
      const tokenFile = join(folder, "token");
      const token = (await fault.token?.(aws)) ?? (await samplePod(aws).token());
      writeToken(!recovers && fault.tokenFile === "late" ? "missing" : fault.tokenFile, tokenFile, token);
      // A container can mount this folder, and not the pod's.
      const injected = env.AWS_WEB_IDENTITY_TOKEN_FILE?.includes("qovery-irsa-pod-");
      const all = {
        ...env,
        ...(injected ? { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile } : {}),
        ...(fault.home ? { HOME: writeHome(join(folder, "home"), fault.home) } : {}),
      };
      const set = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
      return use({ env: set, folder, called: called.given });
    });
  } finally {
    await server?.stop();
  }
}

/**
 * Stages faults, several at a time because a fault waits more than it computes.
 * @returns what `use` returned or threw for each fault, by its situation
 */
export async function inSituations<T>(
  world: World,
  faults: readonly Fault[],
  { atOnce, recovers }: { readonly atOnce: number; readonly recovers: boolean },
  use: (situation: Situation, fault: Fault) => Promise<T>,
): Promise<Map<string, T | Error>> {
  const results = new Map<string, T | Error>();
  const queue = faults.values();
  const work = async () => {
    for (const fault of queue) {
      const result = inSituation(world, fault, recovers, (situation) => use(situation, fault));
      results.set(fault.situation, await result.catch((error: Error) => error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** A promise that is resolved from outside. */
class Signal {
  give = () => {};
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
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

function writeHome(home: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
}

/** Milliseconds after which a late token appears. */
const LATE = 2000;

function writeToken(kind: Fault["tokenFile"], path: string, token: string): void {
  switch (kind) {
    case "missing":
      return;
    case "folder":
      return void mkdirSync(path);
    case "loop":
      return void symlinkSync(path, path);
    case "pipe":
      return void execFileSync("mkfifo", [path]);
    case "late":
      return void setTimeout(() => writeFileSync(path, token), LATE);
    default:
      // Any user can read the file, as the kubelet makes it for the pod's group.
      return void writeFileSync(path, token, { mode: 0o644 });
  }
}
