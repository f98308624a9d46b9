import { environmentChecks } from "../../verifier/checks/environment";
import { runChecks } from "../../verifier/checks/result";
import { readToken, tokenChecks } from "../../verifier/checks/token";
import type { Options } from "../../verifier/pod/options";
import { type PodView, target } from "../../verifier/pod/view";
import { INJECTED, pod, TOKEN_FILE, token } from "./pod";

// The checks that need no call, in a simulated pod.

export const OPTIONS: Options = {
  expect: "allowed",
  probe: { name: "none" },
  waitMs: 0,
  timeoutMs: 1000,
  output: "text",
  strict: false,
  allowEndpoint: false,
};

export function offline(where: PodView, options: Partial<Options> = {}) {
  const all = { ...OPTIONS, ...options };
  const aim = target(where, all);
  const file = readToken(where, aim.tokenFile);
  return [
    ...runChecks(environmentChecks, { pod: where, options: all, target: aim }),
    ...runChecks(tokenChecks, { pod: where, options: all, path: aim.tokenFile, file }),
  ];
}

/** The codes of the failures and warnings. */
export const found = (where: PodView, options: Partial<Options> = {}) =>
  offline(where, options).flatMap(({ code, result }) => (result === "fail" || result === "warn" ? [code] : []));

/** The detail and the fix of a check. */
export const detail = (where: PodView, code: string, options: Partial<Options> = {}) => {
  const check = offline(where, options).find((candidate) => candidate.code === code);
  return `${check?.detail} | ${check?.fix}`;
};

export const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(INJECTED).filter(([name]) => !names.includes(name)));
export const withToken = (claims: object) => pod(INJECTED, { [TOKEN_FILE]: token(claims) });
