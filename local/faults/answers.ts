import type { ServerResponse } from "node:http";
import type { Answer } from "./fault-server";

// Answers of networks, proxies and AWS that the embedded AWS cannot give.

const REQUEST_ID = "6f1d2c3b-4a59-4687-9706-f5e4d3c2b1a0";

type Headers = Readonly<Record<string, string>>;

function answer(status: number, headers: Headers, body: string | Buffer = ""): Answer {
  return ({ response }) => void response.writeHead(status, headers).end(body);
}

/** An error of STS, in the XML of the Query protocol. */
export function stsError(status: number, code: string, message: string, headers: Headers = {}): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return answer(
    status,
    { "content-type": "text/xml", "x-amzn-requestid": REQUEST_ID, ...headers },
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`,
  );
}

/** An error of S3. The answer to a HEAD has no body, as with S3. */
export function s3Error(status: number, code: string, message: string, headers: Headers = {}, more = ""): Answer {
  return answer(
    status,
    { "content-type": "application/xml", "x-amz-request-id": "4442587FB7D0A2F9", "x-amz-id-2": "v1", ...headers },
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>4442587FB7D0A2F9</RequestId></Error>`,
  );
}

/** STS's answer to AssumeRoleWithWebIdentity. */
export function assumed(arn: string): Answer {
  const credentials =
    "<Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE</AccessKeyId><SecretAccessKey>example</SecretAccessKey><SessionToken>example</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>";
  const user = `<AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROAEXAMPLE:x</AssumedRoleId></AssumedRoleUser>`;
  return answer(
    200,
    { "content-type": "text/xml", "x-amzn-requestid": REQUEST_ID },
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${user}${credentials}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
  );
}

/** STS's answer to GetCallerIdentity. */
export function identity(arn: string): Answer {
  const result = `<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>AROAEXAMPLE:x</UserId><Account>${arn.split(":")[4]}</Account></GetCallerIdentityResult>`;
  return answer(
    200,
    { "content-type": "text/xml", "x-amzn-requestid": REQUEST_ID },
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</GetCallerIdentityResponse>`,
  );
}

/** The page of a proxy or a captive portal. */
export function page(status: number, text: string, headers: Headers = {}): Answer {
  return answer(
    status,
    { "content-type": "text/html; charset=utf-8", ...headers },
    `<!DOCTYPE html><html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`,
  );
}

export function body(status: number, type: string, text: string | Buffer): Answer {
  return answer(status, { "content-type": type }, text);
}

export function redirect(status: number, location: string, headers: Headers = {}): Answer {
  return answer(status, { location, ...headers });
}

/** AWS's answer, with a clock that differs by some seconds. */
export function dated(seconds: number): Answer {
  return ({ pass }) => pass({ date: clock(seconds) });
}

/** The current time plus some seconds, as an HTTP date. */
export function clock(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toUTCString();
}

export const resetBefore: Answer = ({ request }) => void request.socket.resetAndDestroy();
export const hangBefore: Answer = () => {};

const begin = (response: ServerResponse, length: number) => {
  response.writeHead(200, { "content-type": "text/xml", "content-length": String(length) });
  response.write("<AssumeRoleWithWebIdentityResponse>");
};

export const hangAfter: Answer = ({ response }) => begin(response, 2000);

export const resetInBody: Answer = ({ request, response }) => {
  begin(response, 2000);
  setTimeout(() => request.socket.resetAndDestroy(), 20);
};

/** Closes the connection in order, but before the announced length. */
export const shortBody: Answer = ({ request, response }) => {
  begin(response, 2000);
  setTimeout(() => request.socket.end(), 20);
};

/** Sends a byte at a time and never ends. */
export const drip: Answer = ({ response }) => {
  begin(response, 100_000);
  const timer = setInterval(() => response.write(" "), 50);
  response.on("close", () => clearInterval(timer));
};

/** The banner of a service that does not speak HTTP. */
export const banner: Answer = ({ request }) => void request.socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
