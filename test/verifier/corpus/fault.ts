import type { Role } from "../../../config/project";
import type { LocalAws } from "../../../local/aws";
import type { Code } from "../../../verifier/checks/catalogue";
import type { Certificate } from "./certificates";
import type { Script } from "./fault-server";

/** A situation around the verifier, and what it must say of it. */
export interface Fault {
  /** What has gone wrong, as docs/faults.md says it. */
  readonly situation: string;
  /** The first failure's code or, where nothing fails, a warning's; null where the situation must not matter. */
  readonly code: Code | null;
  readonly exit: 0 | 1 | 3;
  /** An exact part of that check's detail: what was seen. @default - there is no such check */
  readonly says?: string;
  /** That check's fix, whole. */
  readonly fix?: string;

  /** The service account's annotation. @default - the role's ARN, or the sample's; null: none, so that nothing is injected */
  readonly annotation?: string | null;
  /** Variables of the Qovery service; "" takes one away that would be there. */
  readonly variables?: Variables | ((place: Place) => Variables);
  /** The text of the token's file. @default - the sample service account's token */
  readonly token?: (aws: LocalAws) => string;
  /** What lies in place of the token's file. */
  readonly tokenFile?: "missing" | "folder" | "loop" | "pipe" | "late";
  /** A role of this fault's own in the embedded AWS, which the annotation then names. */
  readonly role?: RoleInput;
  /** What else is needed there. */
  readonly prepare?: (aws: LocalAws) => Promise<void>;
  /** A server that stands before the embedded AWS. @default - none: the pod speaks to the embedded AWS itself */
  readonly server?: Script;
  /** Serves TLS with this certificate. @default - plain HTTP */
  readonly tls?: Certificate;
  /** Done once AWS has refused for the first time. It needs a `server`. */
  readonly meanwhile?: (aws: LocalAws) => Promise<void>;
  /** Sent when the first call has come in, which `server` holds. */
  readonly signal?: NodeJS.Signals;
  readonly flags?: readonly string[];
  /** `--timeout`, in milliseconds. @default 10000, which no fault comes near that does not say so */
  readonly timeoutMs?: number;
  /** `--wait`, in milliseconds. @default - none */
  readonly waitMs?: number;
  /** How often it must have been tried, at least. @default 1, exactly */
  readonly attempts?: number;
  /** Closes standard output before the start: the exit code alone tells. */
  readonly closedOutput?: true;
  /** Also run in the image: nothing but variables, a mounted token and endpoints on loopback is needed. */
  readonly core?: true;
}

export type Variables = Readonly<Record<string, string>>;

/** What variables may name. */
export interface Place {
  /** The pod's endpoint: the fault's server, or the embedded AWS. */
  readonly endpoint: string;
  /** `HOST:PORT` of the same. */
  readonly address: string;
  /** A folder of this run. */
  readonly folder: string;
  /** The certificate authority that every certificate but the self-signed one comes from, as a file. */
  readonly authority: string;
}

export type RoleInput = Pick<Role, "name" | "trustPolicy"> &
  Partial<Pick<Role, "path" | "managedPolicies" | "inlinePolicies">>;

/** A port of loopback on which nobody listens. */
export const CLOSED = "127.0.0.1:1";
