import type { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { ForeignAnswer } from "./aws-error";
import type { HttpHandler } from "./http";

/** The first element of a document. AWS sends no DOCTYPE, so a document with one does not match. */
const ROOT = /^\s*(?:<\?xml[^<>]*\?>\s*)?<([\w.-]+)(?:\s+[\w:.-]+="[^"<>]*")*\s*\/?>/;

/** The first element is within this number of bytes. */
const BEGINNING = 1024;

/** The first elements of errors of STS and S3. */
const ERRORS = ["ErrorResponse", "Error"];

/**
 * Returns a handler that rejects documents that cannot be the response of the operation. The SDK accepts any document
 * with an element of the right name, such as the response of another operation, with any status below 300.
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

/** Returns the first element of the response: STS names it after the operation; in S3 only ListBuckets has a body. */
function rootOf({ body }: HttpRequest): string {
  const operation = /^Action=(\w+)&/.exec(String(body ?? ""))?.[1];
  return operation === undefined ? "ListAllMyBucketsResult" : `${operation}Response`;
}

/** Whether an error ends with its first element, and has no comment or CDATA: the SDK ignores what follows the element. */
function isOneDocument(body: Uint8Array, name: string): boolean {
  const text = Buffer.from(body).toString("utf8").trimEnd();
  const end = `</${name}>`;
  return text.endsWith(end) && text.indexOf(end) === text.length - end.length && !text.includes("<!");
}

/** @throws ForeignAnswer */
function refuseForeign({ statusCode, body }: HttpResponse, root: string): void {
  const beginning = Buffer.from((body as Uint8Array).subarray(0, BEGINNING)).toString("utf8");
  // A response without a body (HeadBucket) has only status and headers.
  if (beginning === "") return;
  const name = ROOT.exec(beginning)?.[1] ?? "";
  if (statusCode === 200 ? name === root : statusCode >= 300 && ERRORS.includes(name) && isOneDocument(body, name))
    return;
  throw Object.assign(new ForeignAnswer(`HTTP ${statusCode} without ${root}`), {
    $metadata: { httpStatusCode: statusCode },
  });
}
