import type { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { ForeignAnswer } from "./aws-error";
import type { HttpHandler } from "./http";

/** The first element of a document. AWS sends no DOCTYPE: a document with one is not read at all. */
const ROOT = /^\s*(?:<\?xml[^<>]*\?>\s*)?<([\w.-]+)(?:\s+[\w:.-]+="[^"<>]*")*\s*\/?>/;

/** Bytes within which it stands. */
const BEGINNING = 1024;

/** The first elements of STS's errors and S3's. */
const ERRORS = ["ErrorResponse", "Error"];

/**
 * A handler that keeps out what cannot be an operation's answer. The SDK itself takes any document that holds an element
 * of a fitting name, such as another operation's answer, under any status below 300.
 */
export function onlyGenuine(handler: HttpHandler) {
  return {
    metadata: handler.metadata,
    handle: async (request: HttpRequest) => {
      const { response } = await handler.handle(request);
      refuseForeign(response, rootOf(request));
      return { response };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

/** The first element of an operation's answer: STS's is named after the operation, and of S3's only one has a body. */
function rootOf({ body }: HttpRequest): string {
  const operation = /^Action=(\w+)&/.exec(String(body ?? ""))?.[1];
  return operation === undefined ? "ListAllMyBucketsResult" : `${operation}Response`;
}

/** @throws ForeignAnswer */
function refuseForeign({ statusCode, body }: HttpResponse, root: string): void {
  const beginning = Buffer.from((body as Uint8Array).subarray(0, BEGINNING)).toString("utf8");
  // Without a body, as HeadBucket's answers are, status and headers tell.
  if (beginning === "") return;
  const name = ROOT.exec(beginning)?.[1] ?? "";
  if (statusCode === 200 ? name === root : statusCode >= 300 && ERRORS.includes(name)) return;
  throw Object.assign(new ForeignAnswer(`HTTP ${statusCode} that does not hold ${root}`), {
    $metadata: { httpStatusCode: statusCode },
  });
}
