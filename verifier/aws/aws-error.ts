/** An error of the SDK, whatever it threw, by what decides on it. */
export interface AwsError {
  /** AWS's error code on the wire, such as `AccessDenied`; undefined where the answer was not AWS's or there was none. */
  readonly code: string | undefined;
  /** Node's code of a failed connection, such as `ECONNREFUSED`. */
  readonly systemCode: string | undefined;
  readonly message: string;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an answer bears AWS's marks: an error code, or a request id where it has no body (HeadBucket). */
  readonly fromAws: boolean;
  /** The id that AWS gives to each request, in the answer's headers or its body. @default - none */
  readonly requestId?: string;
}

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $fault?: unknown;
  readonly Error?: { readonly Code?: unknown };
  readonly RequestId?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly extendedRequestId?: string;
  };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Record<string, string> };
}

/** Names that the SDK gives to an answer that it could not read. */
const UNREADABLE = ["Unknown", "UnknownError", "Error", "SyntaxError", "TypeError"];

export function readError(error: unknown): AwsError {
  const sdk = (typeof error === "object" && error !== null ? error : {}) as SdkError;
  const status = sdk.$metadata?.httpStatusCode ?? sdk.$response?.statusCode;
  // As it stands in the answer: the name that the SDK makes of it may be a part of it.
  const name = [sdk.Code, sdk.Error?.Code, sdk.name].find((code) => typeof code === "string") ?? "";
  const { requestId, extendedRequestId } = sdk.$metadata ?? {};
  const id = [requestId, extendedRequestId, sdk.RequestId].find((value) => typeof value === "string" && value !== "");
  const fromAws = sdk.$fault !== undefined && isCode(name, id !== undefined);
  return {
    code: fromAws ? name : undefined,
    systemCode: typeof sdk.code === "string" ? sdk.code : undefined,
    message: typeof sdk.message === "string" ? sdk.message : "",
    status,
    headers: sdk.$response?.headers ?? {},
    fromAws: fromAws || id !== undefined,
    ...(typeof id === "string" ? { requestId: id } : {}),
  };
}

/** Whether a name is an error code of AWS's. `NotFound` is what the SDK calls every 404 without a code, a proxy's too. */
function isCode(name: string, hasRequestId: boolean): boolean {
  return /^[A-Za-z][\w.]*$/.test(name) && !UNREADABLE.includes(name) && (name !== "NotFound" || hasRequestId);
}

/** A response that is well-formed and yet not from AWS: empty, or without what an AWS response contains. */
export class ForeignAnswer extends Error {}
