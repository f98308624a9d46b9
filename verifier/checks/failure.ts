import type { Code } from "./catalogue";
import type { Finding } from "./check";

/** Why a call did not give what was asked for. */
export interface Failure extends Finding {
  readonly code: Code;
}
