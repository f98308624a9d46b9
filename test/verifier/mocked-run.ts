import type { Aws, Session } from "../../verifier/aws/calls";
import { type Options, parseOptions } from "../../verifier/pod/options";
import type { PodView } from "../../verifier/pod/view";
import { firstFailure } from "../../verifier/report/report";
import { type RunOptions, runVerifier } from "../../verifier/run";
import { NOW, pod } from "./pod";

// A run of the verifier with a mock of AWS and a clock that jumps over every pause.

export const SESSION: Session = {
  credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
  arn: "arn:aws:sts::123456789012:assumed-role/my-s3-role/verifier",
};
export const awsError = (code: string, status = 403, message = "") =>
  Object.assign(new Error(message), {
    name: code,
    $fault: "client",
    $metadata: { httpStatusCode: status, requestId: "r" },
  });
/** STS's answer if the trust policy does not admit the token. */
export const denial = () => awsError("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
export const network = (code: string) => Object.assign(new Error(code), { code });

export interface Script {
  assume?: () => Promise<Session>;
  caller?: () => Promise<string>;
  count?: () => Promise<number>;
  head?: () => Promise<void>;
  clockSkew?: number;
}

export function run(args: string[] = [], script: Script = {}, more: Partial<RunOptions> & { where?: PodView } = {}) {
  const calls: string[] = [];
  const called = <T>(name: string, answer: () => Promise<T>) => {
    calls.push(name);
    return answer();
  };
  const fake = {
    wire: () => ({ host: "sts.example", ...(script.clockSkew === undefined ? {} : { clockSkew: script.clockSkew }) }),
    assumeRole: () => called("assume", script.assume ?? (async () => SESSION)),
    callerArn: () => called("caller", script.caller ?? (async () => SESSION.arn)),
    countBuckets: () => called("count", script.count ?? (async () => 2)),
    headBucket: () => called("head", script.head ?? (async () => undefined)),
    destroy: () => calls.push("destroy"),
  };
  const { where = pod(), ...rest } = more;
  let now = NOW;
  const sleeps: number[] = [];
  const report = runVerifier({
    pod: { ...where, now: () => now },
    options: parseOptions(args, {}) as Options,
    version: "1.0.0",
    stop: new AbortController().signal,
    connect: async () => fake as unknown as Aws,
    uptime: () => now,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      now += milliseconds;
    },
    random: () => 1,
    ...rest,
  });
  return { report, calls, sleeps };
}

export const codes = async (result: ReturnType<typeof run>) => {
  const report = await result.report;
  return [report.verdict, report.exitCode, firstFailure(report)?.code];
};
