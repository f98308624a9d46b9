import { type AwsError, readError } from "./aws/aws-error";
import type { Aws, Session } from "./aws/calls";
import type { Service } from "./aws/endpoint";
import type { Code } from "./checks/catalogue";
import { type Check, exitOf, type Failure, found, isRetryable, passed, runChecks, skipped } from "./checks/check";
import { environmentChecks } from "./checks/environment";
import { deadline, foreign, isResolving, networkFailure } from "./checks/network";
import { identityFailure, LAYERS, probeFailure, probeName } from "./checks/probe";
import { brokenRedirection } from "./checks/redirection";
import { stsFailure } from "./checks/sts";
import { readToken, summarize, type TokenSummary, tokenChecks } from "./checks/token";
import type { Options } from "./pod/options";
import { oneLine } from "./pod/printable";
import { type PodView, target, variable } from "./pod/view";

/** One try: every check once. */
export interface Attempt {
  readonly checks: readonly Check[];
  readonly token: TokenSummary;
  readonly roleArn: string | undefined;
  readonly assumed: string | undefined;
  readonly probeResult: string | undefined;
  /** What the process ends with, warnings aside. */
  readonly exitCode: number;
  /** Whether another try may end otherwise. */
  readonly retryable: boolean;
}

/** What an attempt needs of its run. */
export interface Run {
  readonly pod: PodView;
  readonly options: Options;
  /** Loads the SDK: only a run whose offline checks pass pays for it. */
  readonly connect: (region: string, signal: AbortSignal) => Promise<Aws>;
  /** Aborted when the attempt's time is up, or the process is told to stop. */
  readonly signal: AbortSignal;
  /** The time of an attempt in milliseconds, for the message about it. */
  readonly timeoutMs: number;
}

/** AWS's clock and this one may differ by this much before it is worth a word. Seconds. */
const CLOCK_TOLERANCE = 60;

/** Characters of the shortest text that is hidden as a secret; AWS's have 16 and more, and shorter ones are words. */
const SHORTEST_SECRET = 8;

export async function attempt(run: Run): Promise<Attempt> {
  const { pod, options } = run;
  const aim = target(pod, options);
  const file = readToken(pod, aim.tokenFile);
  const offline = [
    ...runChecks(environmentChecks, { pod, options, target: aim }),
    ...runChecks(tokenChecks, { pod, options, path: aim.tokenFile, file }),
  ];
  const token = summarize(file);
  const base = { token, roleArn: aim.roleArn, assumed: undefined, probeResult: undefined };
  const failed = offline.find((check) => check.result === "fail");
  if (failed || aim.roleArn === undefined || !file || !("text" in file)) {
    const checks = [...offline, ...onlineCodes(options).map((code) => skipped(code))];
    return { ...base, checks, exitCode: failed ? exitOf(failed.code) : 1, retryable: false };
  }
  const online = new Online(run, aim.roleArn, token);
  await online.prove(file.text);
  return {
    ...base,
    checks: [...offline, ...online.checks],
    assumed: online.session && oneLine(online.session.arn),
    probeResult: online.probeResult,
    exitCode: online.failure ? online.exitCode : 0,
    retryable: online.retryable,
  };
}

/** The checks on AWS, for where none of them can be made. */
function onlineCodes(options: Options): readonly Code[] {
  return options.expect === "denied" ? ["QV320"] : ["QV301", "QV401", "QV402"];
}

/** The part of an attempt that speaks to AWS. */
class Online {
  readonly checks: Check[] = [];
  session: Session | undefined;
  probeResult: string | undefined;
  failure: Failure | undefined;
  exitCode = 0;
  retryable = false;
  private aws: Aws | undefined;
  private caller = "";
  /** The layer of policies other than the trust policy that STS's refusal names. */
  private otherLayer: string | undefined;
  /** What no text of an answer may carry into a report: it has been sent, and may come back. */
  private readonly secrets: string[] = [];

  constructor(
    private readonly run: Run,
    private readonly roleArn: string,
    private readonly token: TokenSummary,
  ) {}

  async prove(token: string): Promise<void> {
    const { options, pod, signal, connect } = this.run;
    this.secrets.push(token, ...token.split(".").slice(1));
    const region = variable(pod, "AWS_REGION") ?? "";
    const usesS3 = options.expect === "allowed" && options.probe.name !== "none";
    const broken = brokenRedirection(usesS3 ? ["STS", "S3"] : ["STS"], pod.env);
    if (broken && options.expect === "denied") return this.judgeDenied(broken);
    if (broken) return this.fail(broken, ...onlineCodes(options));
    this.aws = await connect(region, signal);
    try {
      const failure = await this.assume(this.aws, token, region);
      if (options.expect === "denied") this.judgeDenied(failure);
      else if (failure) this.fail(failure, "QV401", "QV402");
      else await this.useRole(this.aws);
      this.compareClocks(this.aws);
    } finally {
      this.aws.destroy();
    }
  }

  private async assume(aws: Aws, token: string, region: string): Promise<Failure | undefined> {
    return this.call(
      "STS",
      async () => {
        // Whoever expects to be denied has no use for more.
        const meanwhile = this.run.options.expect === "allowed" ? () => aws.prepare() : undefined;
        const { credentials, arn } = await aws.assumeRole(this.roleArn, token, meanwhile);
        this.secrets.push(...Object.values(credentials));
        this.session = { credentials, arn: this.withoutSecrets(arn) };
      },
      (error) => {
        // AWS's own has this status and a request id, always; the same code without them is somebody else's word.
        if (/^AccessDenied/.test(error.code ?? "") && (error.status !== 403 || error.requestId === undefined)) {
          return foreign(aws.wire("STS").host ?? "", `HTTP ${error.status} ${error.code} without AWS's marks`);
        }
        this.otherLayer = LAYERS.exec(error.message)?.[0];
        return stsFailure(error, this.roleArn, this.token, region);
      },
    );
  }

  private async useRole(aws: Aws): Promise<void> {
    const session = this.session as Session;
    this.checks.push(passed("QV301", session.arn));
    const { probe } = this.run.options;
    // Both at once: neither needs the other's answer, and the probe only reads.
    const [failure, refused] = await Promise.all([this.identify(aws, session), this.probe(aws)]);
    if (failure) {
      this.probeResult = undefined;
      return this.fail(failure, "QV402");
    }
    this.checks.push(passed("QV401", this.caller));
    if (probe.name === "none") this.checks.push(skipped("QV402", "no probe is asked for"));
    else if (refused) this.fail(refused);
    else this.checks.push(passed("QV402", `${probeName(probe)}: ${this.probeResult}`));
  }

  private async identify(aws: Aws, session: Session): Promise<Failure | undefined> {
    const failure = await this.call(
      "STS",
      async () => {
        this.caller = this.withoutSecrets(await aws.callerArn());
      },
      (error) => probeFailure(error, "identity", this.roleArn),
    );
    return failure ?? identityFailure(this.caller, this.roleArn) ?? identityFailure(session.arn, this.roleArn);
  }

  private async probe(aws: Aws): Promise<Failure | undefined> {
    const { probe } = this.run.options;
    if (probe.name === "none") return undefined;
    return this.call(
      "S3",
      async () => {
        if (probe.name === "s3:bucket") {
          await aws.headBucket(probe.bucket);
          this.probeResult = `bucket ${probe.bucket} is there`;
        } else {
          const count = await aws.countBuckets();
          this.probeResult = `${count} ${count === 1 ? "bucket" : "buckets"}`;
        }
      },
      (error) => probeFailure(error, probe, this.roleArn),
    );
  }

  /** Only a refusal by the trust policy proves that the service account is kept out; anything else proves nothing. */
  private judgeDenied(failure: Failure | undefined): void {
    if (!failure) {
      this.fail({
        code: "QV320",
        detail: `STS gave ${this.session?.arn} to ${this.token.subject}`,
        fix: "isolation is broken: the role's trust policy accepts this service account. Pin sub in it (scope: environment, or scope: cluster with a service account of its own) and run cdktf deploy '<cluster>-iam'",
      });
    } else if (failure.code === "QV301" && this.otherLayer !== undefined) {
      this.fail({
        code: "QV321",
        detail: `it is the ${this.otherLayer} that denies, before any trust policy is asked: ${failure.detail}`,
        fix: `let the ${this.otherLayer} allow sts:AssumeRoleWithWebIdentity for this test, or run it from where it does`,
      });
    } else if (failure.code === "QV301") {
      const detail = `STS denies ${this.roleArn} to ${this.token.subject}; it denies a role that does not exist as well`;
      this.checks.push(passed("QV320", detail));
    } else {
      this.checks.push(found("QV321", { detail: `${failure.code}: ${failure.detail}`, fix: failure.fix }));
      this.note(failure);
    }
  }

  /** Makes a call, and gives why it failed. */
  private async call(
    service: Service,
    work: () => Promise<void>,
    refused: (error: ReturnType<typeof readError>) => Failure,
  ): Promise<Failure | undefined> {
    const { signal, pod, timeoutMs } = this.run;
    try {
      await work();
      return undefined;
    } catch (error) {
      const { host } = this.aws?.wire(service) ?? {};
      if (signal.aborted) {
        const timeIsUp = signal.reason?.name === "TimeoutError";
        const why = timeIsUp ? (isResolving() ? "resolving" : "waiting") : "stopped";
        return deadline(timeoutMs, host ?? service, pod.env, why);
      }
      if (host === undefined) return this.notSent(service, error);
      const read = this.clean(readError(error));
      const network = await networkFailure(read, host, pod.env, signal);
      if (network) return network;
      return read.fromAws ? refused(read) : foreign(host, read.message || "it cannot be read");
    }
  }

  /** @throws what was thrown, where it is a fault of this program's own and so no verdict on AWS or the network */
  private notSent(service: Service, error: unknown): Failure {
    if ((error as Error | undefined)?.name !== "EndpointError") throw error;
    return {
      code: "QV501",
      detail: `AWS's SDK knows no endpoint of ${service}: ${oneLine((error as Error).message)}`,
      fix: "check AWS_REGION, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ENDPOINT_URL on Qovery, in the Variables of the service, its environment and its project, and redeploy",
    };
  }

  private clean(error: AwsError): AwsError {
    const code = error.code === undefined ? undefined : this.withoutSecrets(error.code);
    return { ...error, code, message: this.withoutSecrets(error.message) };
  }

  private withoutSecrets(text: string): string {
    const long = this.secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
    return long.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
  }

  private fail(failure: Failure, ...skip: readonly Code[]): void {
    this.checks.push(found(failure.code, failure), ...skip.map((code) => skipped(code)));
    this.note(failure);
  }

  private note(failure: Failure): void {
    this.failure = failure;
    this.exitCode = exitOf(failure.code);
    this.retryable = isRetryable(failure.code);
  }

  private compareClocks(aws: Aws): void {
    const skew = aws.wire("STS").clockSkew;
    if (skew === undefined) return;
    if (Math.abs(skew) <= CLOCK_TOLERANCE) this.checks.push(passed("QV221"));
    else {
      this.checks.push(
        found("QV221", {
          detail: `this clock is ${Math.abs(Math.round(skew))} s ${skew > 0 ? "behind" : "ahead of"} AWS's`,
          fix: "mend the node's time synchronization (chrony on EKS nodes): from 5 minutes on AWS refuses signed calls",
        }),
      );
    }
  }
}
