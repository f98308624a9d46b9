import type { Code } from "./checks/catalogue";
import { environmentChecks } from "./checks/environment";
import { type Check, exitOf, runChecks, skipped } from "./checks/result";
import { readToken, summarize, type TokenSummary, tokenChecks } from "./checks/token";
import type { Run } from "./guarded-calls";
import { Online } from "./online";
import type { Options } from "./pod/options";
import { oneLine } from "./pod/printable";
import { target } from "./pod/view";

/** The result of one try. */
export interface Attempt {
  readonly checks: readonly Check[];
  readonly token: TokenSummary;
  readonly roleArn: string | undefined;
  readonly assumed: string | undefined;
  readonly probeResult: string | undefined;
  /** The exit code of the process, without warnings. */
  readonly exitCode: number;
  /** Whether another try can have another result. */
  readonly retryable: boolean;
  /** Whether STS denied the role by its trust policy, as `--expect denied` expects. */
  readonly denied: boolean;
  /** Whether the time of the try ended before a response. */
  readonly missedDeadline: boolean;
}

/** Makes every check once. */
export async function attempt(run: Run): Promise<Attempt> {
  const { pod, options } = run;
  const aim = target(pod, options);
  const file = readToken(pod, aim.tokenFile);
  const offline = [
    ...runChecks(environmentChecks, { pod, options, target: aim }),
    ...runChecks(tokenChecks, { pod, options, path: aim.tokenFile, file }),
  ];
  const token = summarize(file);
  const base = {
    token,
    roleArn: aim.roleArn,
    assumed: undefined,
    probeResult: undefined,
    denied: false,
    missedDeadline: false,
  };
  const failed = offline.find((check) => check.result === "fail");
  if (failed || aim.roleArn === undefined || !file || !("text" in file)) {
    const reason = failed ? `${failed.code} failed` : "no role or no token";
    const checks = [...offline, ...onlineCodes(options).map((code) => skipped(code, reason))];
    return { ...base, checks, exitCode: failed ? exitOf(failed.code) : 1, retryable: false };
  }
  const online = new Online(run, aim.roleArn, token);
  await online.prove(file.text);
  const decisive = online.failure && (online.failure.reason ?? online.failure.code);
  return {
    ...base,
    checks: [
      ...offline.filter(({ code, result }) => result !== "pass" || !online.checks.some((check) => check.code === code)),
      ...online.checks,
    ],
    assumed: online.session && oneLine(online.session.arn),
    probeResult: online.probeResult,
    exitCode: decisive ? exitOf(decisive) : 0,
    denied: options.expect === "denied" && decisive === undefined,
    missedDeadline: decisive === "QV507",
    retryable: online.retryable,
  };
}

/** Returns the codes of the checks that call AWS, for a run that makes none of them. */
function onlineCodes(options: Options): readonly Code[] {
  return options.expect === "denied" ? ["QV320"] : ["QV301", "QV401", "QV402"];
}
