import type { Role } from "../../config/project";
import type { LocalAws } from "../aws";
import type { Certificate } from "./certificates";
import type { Script } from "./fault-server";

/** One way in which IRSA fails, or must not fail, and what the verifier must report about it. */
export interface Fault extends Setup {
  /** A sentence in the present tense: a row of docs/faults.md and the title of a test. */
  readonly situation: string;
  /** The code of the first failure or, if nothing fails, of a warning; null if access or isolation is proven. */
  readonly code: string | null;
  readonly exit: 0 | 1 | 3;
}

/** How a fault is staged. */
export interface Setup {
  /** Values that the check's detail or fix must contain, in any case of letters. @default - none */
  readonly shows?: string | readonly string[];
  /** Values that no output can contain. @default - none */
  readonly hides?: readonly string[];
  /** The service account's annotation; null: none, so the webhook injects nothing. @default - the role's ARN, or the sample's */
  readonly annotation?: string | null;
  /** Variables of the Qovery service; "" removes one that the pod would have. */
  readonly variables?: Variables | ((place: Place) => Variables);
  /** The content of the token file. @default - the sample service account's token */
  readonly token?: (aws: LocalAws) => string | Promise<string>;
  /** What exists at the path of the token file instead of a regular file. */
  readonly tokenFile?: "missing" | "folder" | "loop" | "pipe" | "late";
  /** Files in the home directory, by their paths. @default - the environment has no home directory */
  readonly home?: Readonly<Record<string, string>>;
  /** A role that only this fault creates in the embedded AWS. The annotation then names this role. */
  readonly role?: RoleInput;
  /** A server between the pod and the embedded AWS. @default - none */
  readonly server?: Script;
  /** The certificate with which the server speaks TLS. @default - plain HTTP */
  readonly tls?: Certificate;
  /** Runs after the first refusal. Requires `server`. */
  readonly meanwhile?: (aws: LocalAws) => Promise<void>;
  /** The signal that is sent after the first call. Requires a `server` that holds the call. */
  readonly signal?: NodeJS.Signals;
  readonly flags?: readonly string[];
  /** `--timeout`, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** `--wait`, in milliseconds. @default - none */
  readonly waitMs?: number;
  /** The smallest number of tries. @default 1, exactly */
  readonly attempts?: number;
  /** Closes standard output before the start: only the exit code reports the verdict. */
  readonly closedOutput?: true;
  /** Also runs in the image: needs only variables, a mounted token and endpoints on loopback. */
  readonly core?: true;
}

export function fault(code: string | null, exit: Fault["exit"], situation: string, setup: Setup = {}): Fault {
  return { code, exit, situation, ...setup };
}

export type Variables = Readonly<Record<string, string>>;

/** What variables can name. */
export interface Place {
  /** The pod's endpoint: the fault's server, or the embedded AWS. */
  readonly endpoint: string;
  /** `HOST:PORT` of the endpoint. */
  readonly address: string;
  /** The file of the certificate authority that issued every certificate except the self-signed one. */
  readonly authority: string;
  /** The file of another certificate authority. */
  readonly otherAuthority: string;
}

export type RoleInput = Pick<Role, "name" | "trustPolicy"> &
  Partial<Pick<Role, "path" | "managedPolicies" | "inlinePolicies">>;

/** A port of loopback on which no process listens. */
export const CLOSED = "127.0.0.1:1";
