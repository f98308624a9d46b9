import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { Options } from "./options";

/** Where the EKS webhook mounts the token that it projects for STS. */
export const WEBHOOK_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

/** Where Kubernetes mounts the token for its own API. */
export const API_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** What the checks see of the pod. Tests put another one in its place. */
export interface PodView {
  readonly env: NodeJS.ProcessEnv;
  readonly exists: (path: string) => boolean;
  /** At most `limit` bytes of a regular file. @throws NodeJS.ErrnoException */
  readonly read: (path: string, limit: number) => Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const thisPod: PodView = { env: process.env, exists: existsSync, read: readFile, now: Date.now };

function readFile(path: string, limit: number): Buffer {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile())
      throw Object.assign(new Error("not a regular file"), { code: stat.isDirectory() ? "EISDIR" : "ENOTREG" });
    const buffer = Buffer.alloc(limit);
    return buffer.subarray(0, readSync(file, buffer, 0, limit, 0));
  } finally {
    closeSync(file);
  }
}

/** A variable's value; one that is set to nothing counts as not set, as the SDKs have it. */
export function variable(pod: PodView, name: string): string | undefined {
  return pod.env[name] === "" ? undefined : pod.env[name];
}

/** The role to assume and the file that holds the token to do it with. */
export interface Target {
  readonly roleArn: string | undefined;
  readonly tokenFile: string | undefined;
}

/**
 * With `--expect allowed` what the webhook has injected. With `--expect denied` the role may be named by `--role-arn`, as
 * a neighbour's own service account does not lead to it, and any token that is made for STS will do.
 */
export function target(pod: PodView, options: Options): Target {
  const roleArn = variable(pod, "AWS_ROLE_ARN");
  const tokenFile = variable(pod, "AWS_WEB_IDENTITY_TOKEN_FILE");
  if (options.expect === "allowed") return { roleArn, tokenFile };
  return {
    roleArn: options.roleArn ?? roleArn,
    tokenFile: tokenFile ?? (pod.exists(WEBHOOK_TOKEN) ? WEBHOOK_TOKEN : undefined),
  };
}
