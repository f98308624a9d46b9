/** An error of the SDK, reduced to what decides on the failure. */
export interface AwsError {
  /** The error code of AWS, such as `AccessDenied`; undefined without a response from AWS. */
  readonly code: string | undefined;
  /** Node's code for a failed connection, such as `ECONNREFUSED`. */
  readonly systemCode: string | undefined;
  readonly message: string;
  /** The HTTP status; undefined without a response. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the response has an error code of AWS or, without a body (HeadBucket), a request ID. */
  readonly fromAws: boolean;
  /** The ID of the request in the headers or the body of the response. @default - none */
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

/** Names that the SDK gives to an unreadable response. */
const UNREADABLE = ["Unknown", "UnknownError", "Error", "SyntaxError", "TypeError"];

export function readError(error: unknown): AwsError {
  const sdk = (typeof error === "object" && error !== null ? error : {}) as SdkError;
  const status = sdk.$metadata?.httpStatusCode ?? sdk.$response?.statusCode;
  // The code in the response comes first: the SDK can shorten the name.
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

/** Whether a name is an error code of AWS. The SDK names every 404 without a code `NotFound`, also that of a proxy. */
function isCode(name: string, hasRequestId: boolean): boolean {
  return /^[A-Za-z][\w.]*$/.test(name) && !UNREADABLE.includes(name) && (name !== "NotFound" || hasRequestId);
}

/** A response that is well-formed and yet not from AWS: empty, or without what an AWS response contains. */
export class ForeignAnswer extends Error {}
