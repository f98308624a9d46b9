import { setTimeout as wait } from "node:timers/promises";
import { type AwsError, readError } from "./aws/aws-error";
import type { Aws } from "./aws/calls";
import { redirection, type Service } from "./aws/endpoint";
import { CATALOGUE, explains, inOrder, lines, OR_WAIT } from "./checks/catalogue";
import { deadline, foreign, isResolving, networkFailure } from "./checks/network";
import type { Failure } from "./checks/result";
import type { Options } from "./pod/options";
import { oneLine } from "./pod/printable";
import type { PodView } from "./pod/view";

/** Characters of the shortest secret that is replaced: secrets of AWS have 16 or more, and shorter texts are words. */
const SHORTEST_SECRET = 8;

/** Pauses before a transient failure is tried again within the same try, in milliseconds. */
const PAUSES = [100, 400];

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

/** Calls to AWS that never throw for what AWS or the network does, and whose failures contain no secrets. */
export class GuardedCalls {
  private readonly secrets: string[] = [];

  constructor(
    private readonly run: Run,
    private readonly aws: Aws,
  ) {}

  /** Keeps texts out of every report: a response can repeat what was sent. */
  hide(...secrets: readonly string[]): void {
    this.secrets.push(...secrets.filter((secret) => secret.length >= SHORTEST_SECRET));
  }

  withoutSecrets(text: string): string {
    return this.secrets.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
  }

  /**
   * Makes a call, and returns why the call failed.
   * @param refused returns the failure for an error that AWS returned
   */
  async call(
    service: Service,
    work: () => Promise<void>,
    refused: (error: AwsError) => Failure,
  ): Promise<Failure | undefined> {
    let failure = await this.failureOf(service, work, refused);
    for (const pause of PAUSES) {
      if (!failure?.transient || this.run.signal.aborted) break;
      await wait(pause, undefined, { signal: this.run.signal }).catch(() => {});
      failure = await this.failureOf(service, work, refused);
    }
    return failure && this.withRedirection(this.withoutAdvice(failure), service);
  }

  private async failureOf(
    service: Service,
    work: () => Promise<void>,
    refused: (error: AwsError) => Failure,
  ): Promise<Failure | undefined> {
    const { signal, pod, timeoutMs } = this.run;
    try {
      await work();
      return undefined;
    } catch (error) {
      const { host } = this.aws.wire(service);
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

  /** Removes the advice to use `--wait` if the run uses it. */
  private withoutAdvice(failure: Failure): Failure {
    return this.run.options.waitMs === 0 ? failure : { ...failure, fix: failure.fix.replaceAll(OR_WAIT, "") };
  }

  /** Names the variable that redirects the calls first, if the other endpoint probably causes the failure. */
  private withRedirection(failure: Failure, service: Service): Failure {
    const { pod, options } = this.run;
    const variable = redirection(service, pod.env)?.variable;
    if (variable === undefined || options.allowEndpoint || !explains("QV122", failure.code)) return failure;
    const [first = ""] = lines(failure.fix);
    if (first.includes(`${variable} `)) return failure;
    return { ...failure, fix: inOrder(CATALOGUE.QV502.fixes.redirected({ variable }), ...lines(failure.fix)) };
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
}
