import { type AwsError, readError } from "./aws/aws-error";
import type { Aws, Session } from "./aws/calls";
import type { Service } from "./aws/endpoint";
import { CATALOGUE, type Code } from "./checks/catalogue";
import {
  type Check,
  exitOf,
  type Failure,
  found,
  isRetryable,
  passed,
  runChecks,
  skipped,
  withContact,
} from "./checks/check";
import { environmentChecks } from "./checks/environment";
import { deadline, foreign, isResolving, networkFailure } from "./checks/network";
import { identityFailure, LAYERS, probeFailure, probeName } from "./checks/probe";
import { brokenRedirection } from "./checks/redirection";
import { stsFailure } from "./checks/sts";
import { readToken, summarize, type TokenSummary, tokenChecks } from "./checks/token";
import type { Options } from "./pod/options";
import { oneLine } from "./pod/printable";
import { type PodView, target, variable } from "./pod/view";

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
}

/** The input of a try. */
export interface Run {
  readonly pod: PodView;
  readonly options: Options;
  /** Loads the SDK, which only a run needs whose offline checks pass. */
  readonly connect: (region: string, signal: AbortSignal) => Promise<Aws>;
  /** Aborted when the time of the try ends, or the process is stopped. */
  readonly signal: AbortSignal;
  /** The time of a try, in milliseconds. */
  readonly timeoutMs: number;
}

/** Accepted difference between AWS's clock and the clock of the node, in seconds. */
const CLOCK_TOLERANCE = 60;

/** Characters of the shortest secret that is replaced: secrets of AWS have 16 or more, and shorter texts are words. */
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

/** Returns the codes of the checks that call AWS, for a run that makes none of them. */
function onlineCodes(options: Options): readonly Code[] {
  return options.expect === "denied" ? ["QV320"] : ["QV301", "QV401", "QV402"];
}

/** The checks of a try that call AWS. */
class Online {
  readonly checks: Check[] = [];
  session: Session | undefined;
  probeResult: string | undefined;
  failure: Failure | undefined;
  exitCode = 0;
  retryable = false;
  private aws: Aws | undefined;
  private caller = "";
  /** The policy type that STS names as the cause of a denial, if it is not the trust policy. */
  private otherLayer: string | undefined;
  /** Secrets of this run. A response can repeat them, and no report contains them. */
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
        // With --expect denied there is no further call to prepare.
        const meanwhile = this.run.options.expect === "allowed" ? () => aws.prepare() : undefined;
        const { credentials, arn } = await aws.assumeRole(this.roleArn, token, meanwhile);
        this.secrets.push(...Object.values(credentials));
        this.session = { credentials, arn: this.withoutSecrets(arn) };
      },
      (error) => {
        // A denial of AWS always has this status and a request id.
        if (/^AccessDenied/.test(error.code ?? "") && (error.status !== 403 || error.requestId === undefined)) {
          return foreign(
            aws.wire("STS").host ?? "",
            `HTTP ${error.status} ${error.code} without the request id of AWS`,
          );
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
    // In parallel: neither call needs the response of the other, and the probe only reads.
    const [failure, refused] = await Promise.all([this.identify(aws, session), this.probe(aws)]);
    if (failure) {
      this.probeResult = undefined;
      return this.fail(failure, "QV402");
    }
    this.checks.push(passed("QV401", this.caller));
    if (probe.name === "none") this.checks.push(skipped("QV402", "--probe none"));
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
          this.probeResult = `bucket ${probe.bucket} exists`;
        } else {
          const count = await aws.countBuckets();
          this.probeResult = `${count} ${count === 1 ? "bucket" : "buckets"}`;
        }
      },
      (error) => probeFailure(error, probe, this.roleArn),
    );
  }

  /** Only a denial by the trust policy proves isolation. */
  private judgeDenied(failure: Failure | undefined): void {
    if (!failure) {
      this.fail({
        code: "QV320",
        detail: `STS issued ${this.session?.arn} to ${this.token.subject}.`,
        fix: CATALOGUE.QV320.fixes.pin,
      });
    } else if (failure.code === "QV301" && this.otherLayer !== undefined) {
      this.fail({
        code: "QV321",
        detail: `${failure.code}: the ${this.otherLayer} denies the call. ${failure.detail}`,
        fix: CATALOGUE.QV321.fixes.layer({ layer: this.otherLayer }),
      });
    } else if (failure.code === "QV301") {
      const detail = `STS denied ${this.roleArn} to ${this.token.subject}. STS also denies a role that does not exist.`;
      this.checks.push(passed("QV320", detail));
    } else {
      const detail = `${failure.code}: ${failure.detail}`;
      this.checks.push(found("QV321", { detail, fix: withContact(failure.code, failure.fix) }));
      this.note(failure);
    }
  }

  /** Makes a call, and returns why the call failed. */
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
      return read.fromAws ? refused(read) : foreign(host, read.message || "the response is unreadable");
    }
  }

  /** @throws the error itself if it is an internal error of the verifier */
  private notSent(service: Service, error: unknown): Failure {
    if ((error as Error | undefined)?.name !== "EndpointError") throw error;
    return {
      code: "QV501",
      detail: `The AWS SDK has no endpoint for ${service}: ${oneLine((error as Error).message)}`,
      fix: CATALOGUE.QV501.fixes.unknown,
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
          detail: `The clock of the node is ${Math.abs(Math.round(skew))} s ${skew > 0 ? "behind" : "ahead of"} AWS's clock.`,
          fix: CATALOGUE.QV221.fixes.clock,
        }),
      );
    }
  }
}
