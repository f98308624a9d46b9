import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { Options } from "./options";

/** The path at which the EKS webhook mounts the token for STS. */
export const WEBHOOK_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

/** The path at which Kubernetes mounts the token for its API. */
export const API_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** The pod as the checks see it. Tests replace it. */
export interface PodView {
  readonly env: NodeJS.ProcessEnv;
  readonly exists: (path: string) => boolean;
  /** Returns at most `limit` bytes of a regular file. @throws NodeJS.ErrnoException */
  readonly read: (path: string, limit: number) => Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const thisPod: PodView = { env: process.env, exists: existsSync, read: readFile, now: Date.now };

function readFile(path: string, limit: number): Buffer {
  // Without O_NONBLOCK, opening a pipe without a writer would block.
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

/** Returns the value of a variable. As in the SDKs, an empty variable is not set. */
export function variable(pod: PodView, name: string): string | undefined {
  return pod.env[name] === "" ? undefined : pod.env[name];
}

/** Returns the variables that are set. */
export function setOf(pod: PodView, names: readonly string[]): readonly string[] {
  return names.filter((name) => variable(pod, name) !== undefined);
}

/** The role to assume, and the file with the token for the call. */
export interface Target {
  readonly roleArn: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Returns the injected role and token file. With `--expect denied`, `--role-arn` names the role. */
export function target(pod: PodView, options: Options): Target {
  const roleArn = variable(pod, "AWS_ROLE_ARN");
  const tokenFile = variable(pod, "AWS_WEB_IDENTITY_TOKEN_FILE");
  return { roleArn: options.expect === "denied" ? (options.roleArn ?? roleArn) : roleArn, tokenFile };
}
