import { bundleTrusts } from "./aws/ca-bundle";
import type { Aws, Session } from "./aws/calls";
import { CATALOGUE, type Code } from "./checks/catalogue";
import { denialCheck, sessionNames, untriedCredentials } from "./checks/isolation";
import { foreign } from "./checks/network";
import { identityFailure, probeFailure, probeName } from "./checks/probe";
import { brokenRedirection } from "./checks/redirection";
import { type Check, type Failure, found, isRetryable, passed, skipped } from "./checks/result";
import { stsFailure } from "./checks/sts";
import type { TokenSummary } from "./checks/token";
import { GuardedCalls, type Run } from "./guarded-calls";
import { shownPath } from "./pod/printable";
import { variable } from "./pod/view";

/** Accepted difference between AWS's clock and the clock of the node, in seconds. */
const CLOCK_TOLERANCE = 60;

/** The checks of a try that call AWS. */
export class Online {
  readonly checks: Check[] = [];
  session: Session | undefined;
  probeResult: string | undefined;
  failure: Failure | undefined;
  private calls!: GuardedCalls;
  private caller = "";

  constructor(
    private readonly run: Run,
    private readonly roleArn: string,
    private readonly token: TokenSummary,
  ) {}

  /** Whether another try can have another result. */
  get retryable(): boolean {
    const { failure } = this;
    return failure !== undefined && (failure.transient === true || isRetryable(failure.reason ?? failure.code));
  }

  async prove(token: string): Promise<void> {
    const { options, pod, signal, connect } = this.run;
    const denied = options.expect === "denied";
    const usesS3 = !denied && options.probe.name !== "none";
    const broken = brokenRedirection(usesS3 ? ["STS", "S3"] : ["STS"], pod.env);
    if (broken && denied) return this.judgeDenial(broken, []);
    if (broken) return this.fail(broken, "QV301", "QV401", "QV402");
    const aws = await connect(variable(pod, "AWS_REGION") ?? "", signal);
    this.calls = new GuardedCalls(this.run, aws);
    this.calls.hide(token, ...token.split(".").slice(1));
    try {
      if (denied) await this.proveDenial(aws, token);
      else await this.proveAccess(aws, token);
      this.compareClocks(aws);
      await this.compareBundle(aws);
    } finally {
      aws.destroy();
    }
  }

  private async proveAccess(aws: Aws, token: string): Promise<void> {
    const [name = ""] = sessionNames(this.run.pod, "allowed");
    const failure = await this.assume(aws, token, name);
    if (failure) this.fail(failure, "QV401", "QV402");
    else await this.useRole(aws);
  }

  /** A denial proves isolation only for the session names that were tried. */
  private async proveDenial(aws: Aws, token: string): Promise<void> {
    const names = sessionNames(this.run.pod, "denied");
    for (const name of names) {
      const failure = await this.assume(aws, token, name);
      if (!failure?.byTrustPolicy) return this.judgeDenial(failure, names);
      if (name === names.at(-1)) this.judgeDenial(failure, names);
    }
  }

  private judgeDenial(failure: Failure | undefined, names: readonly string[]): void {
    const { pod, options } = this.run;
    const { check, failure: verdict } = denialCheck({
      failure,
      names,
      pod,
      options,
      roleArn: this.roleArn,
      subject: this.token.subject,
      session: this.session?.arn,
    });
    this.checks.push(check, untriedCredentials(pod));
    this.failure = verdict;
  }

  private async assume(aws: Aws, token: string, sessionName: string): Promise<Failure | undefined> {
    return this.calls.call(
      "STS",
      async () => {
        // With --expect denied there is no further call to prepare.
        const meanwhile = this.run.options.expect === "allowed" ? () => aws.prepare() : undefined;
        const { credentials, arn } = await aws.assumeRole(this.roleArn, token, sessionName, meanwhile);
        this.calls.hide(...Object.values(credentials));
        this.session = { credentials, arn: this.calls.withoutSecrets(arn) };
      },
      (error) => {
        // A denial of AWS always has this status and a request id.
        if (/^AccessDenied/.test(error.code ?? "") && (error.status !== 403 || error.requestId === undefined)) {
          const seen = `HTTP ${error.status} ${error.code} without the request id of AWS`;
          return foreign(aws.wire("STS").host ?? "", seen);
        }
        const region = variable(this.run.pod, "AWS_REGION") ?? "";
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
    if (probe.name === "none") this.checks.push(skipped("QV402", "`--probe none`"));
    else if (refused) this.fail(refused);
    else this.checks.push(passed("QV402", `${probeName(probe)}: ${this.probeResult}`));
  }

  private async identify(aws: Aws, session: Session): Promise<Failure | undefined> {
    const failure = await this.calls.call(
      "STS",
      async () => {
        this.caller = this.calls.withoutSecrets(await aws.callerArn());
      },
      (error) => probeFailure(error, "identity", this.roleArn, aws.wire("STS").clockSkew),
    );
    return failure ?? identityFailure(this.caller, this.roleArn) ?? identityFailure(session.arn, this.roleArn);
  }

  private async probe(aws: Aws): Promise<Failure | undefined> {
    const { probe } = this.run.options;
    if (probe.name === "none") return undefined;
    return this.calls.call(
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
      (error) => probeFailure(error, probe, this.roleArn, aws.wire("S3").clockSkew),
    );
  }

  private fail(failure: Failure, ...skip: readonly Code[]): void {
    this.checks.push(found(failure.code, failure), ...skip.map((code) => skipped(code, `${failure.code} failed`)));
    this.failure = failure;
  }

  /** Reports a bundle with which SDKs do not trust AWS: the verifier also trusts the public authorities. */
  private async compareBundle(aws: Aws): Promise<void> {
    const bundle = variable(this.run.pod, "AWS_CA_BUNDLE");
    const { certificate, host } = aws.wire("STS");
    if (bundle === undefined || certificate === undefined || (await bundleTrusts(bundle, certificate))) return;
    this.checks.push(
      found("QV124", {
        detail: `AWS_CA_BUNDLE names ${shownPath(bundle)}, which does not trust the certificate of ${host}.`,
        fix: CATALOGUE.QV124.fixes.bundle,
      }),
    );
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
