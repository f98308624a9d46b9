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
}

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $fault?: unknown;
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
  const name = typeof sdk.Code === "string" ? sdk.Code : typeof sdk.name === "string" ? sdk.name : "";
  const fromAws = sdk.$fault !== undefined && !UNREADABLE.includes(name) && !/^\d+$/.test(name);
  return {
    code: fromAws ? name : undefined,
    systemCode: typeof sdk.code === "string" ? sdk.code : undefined,
    message: typeof sdk.message === "string" ? sdk.message : "",
    status,
    headers: sdk.$response?.headers ?? {},
    fromAws: fromAws || sdk.$metadata?.requestId !== undefined || sdk.$metadata?.extendedRequestId !== undefined,
  };
}
