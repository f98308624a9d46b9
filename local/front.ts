import { randomUUID } from "node:crypto";
import {
  createServer,
  request as forwardRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { knownRegions, partitionOfRegion } from "../iam/partition";
import { ENFORCE_IAM, inAccount, type Moto } from "./moto";
import { verifyPresigned } from "./presigned";
import { Refusal } from "./refusal";
import { checkAssumeRole, checkTrustPolicyDocument, type RoleSession } from "./role-trust";
import { checkWebIdentity, type Jwks } from "./web-identity";

/** A signed call of an AWS API. */
export interface AwsCall {
  /** As in the scope of the signature, such as `iam`. */
  readonly service: string;
  readonly method: string;
  readonly url: URL;
  /** The parameters of the Query protocol. */
  readonly parameters: URLSearchParams;
}

export interface AccessKey {
  readonly secretKey: string;
  /** The account of the caller. */
  readonly accountId: string;
  /** Set for the key of a role's session. */
  readonly session?: RoleSession;
}

export interface FrontOptions {
  readonly moto: Moto;
  readonly jwks: Jwks;
  /** The access keys of administrators by ID. moto answers their calls without its IAM enforcement. */
  readonly admins: ReadonlyMap<string, AccessKey>;
  /** @default 0, any free one */
  readonly port?: number;
  /** Called with each signed call, before it is answered. */
  readonly onCall?: (call: AwsCall) => void;
  /** Called with each secret that STS issues, so that a run can search its files for leaks. */
  readonly onSecret?: (secret: string) => void;
  /** Answers the paths under `/_local/`, which AWS does not have. */
  readonly local?: (path: string, body: string) => Promise<unknown>;
}

/** The largest body that is accepted. No request of this project comes near this limit. Bytes. */
const LARGEST_BODY = 32 * 1024 * 1024;

/**
 * Receives every call before moto, and is as strict as AWS where moto is not: it checks web identity tokens, trust
 * policies and presigned requests. All calls except the administrator's run with moto's IAM enforcement.
 */
export class Front {
  /** The access keys that this AWS has issued, by ID. */
  private readonly keys: Map<string, AccessKey>;
  private readonly accounts: readonly string[];

  private constructor(
    private readonly options: FrontOptions,
    private readonly server: Server,
  ) {
    this.keys = new Map(options.admins);
    this.accounts = [...options.admins.values()].map(({ accountId }) => accountId);
  }

  /** @throws Error if the port is in use */
  static async start(options: FrontOptions): Promise<Front> {
    // A client that waits for a slow machine must not find its connection closed.
    const server = createServer({ keepAliveTimeout: 60_000 });
    const front = new Front(options, server);
    server.on("request", (request, response) => void front.answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      // "http://host/…" and "//host/…" would be sent on to another host.
      if (!/^\/(?!\/)/.test(request.url ?? ""))
        throw new Refusal(400, "InvalidURI", "Couldn't parse the specified URI.");
      const body = await read(request);
      if (request.url?.startsWith("/_local/")) return await this.answerLocally(request, response, body);
      await this.pass(request, response, body);
    } catch (error) {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, "InternalFailure", "The embedded AWS failed to answer.");
      if (!response.headersSent) {
        response.writeHead(refusal.status, { "content-type": "text/xml", "x-amzn-requestid": requestId });
      }
      response.end(refusal.xml(requestId));
    }
  }

  private async answerLocally(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const answer = await this.options.local?.((request.url ?? "").slice("/_local/".length), body.toString("utf8"));
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { message: "not found" }));
  }

  private async pass(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const url = new URL(request.url ?? "/", this.options.moto.endpoint);
    const { searchParams } = url;
    // The parameters of the Query protocol are in a form or in the URL.
    const query = searchParams.has("Action") ? searchParams : new URLSearchParams(body.toString("utf8"));
    const action = query.get("Action");
    if (action === "AssumeRoleWithWebIdentity") {
      const { accountId, partition } = await checkWebIdentity(query, this.options.moto, this.options.jwks);
      const region = knownRegions().find((candidate) => partitionOfRegion(candidate) === partition) ?? "";
      const headers = {
        ...request.headers,
        // moto recognizes this call by its form only, and its partition by the region of a signature.
        "content-type": "application/x-www-form-urlencoded",
        authorization: `AWS4-HMAC-SHA256 Credential=unsigned/00000000/${region}/sts/aws4_request`,
      };
      const form = Buffer.from(query.toString());
      return this.forward({ method: "POST", url: "/", headers }, response, form, accountId, {}, query.get("RoleArn"));
    }
    const { authorization } = request.headers;
    if (action === "GetCallerIdentity" && searchParams.has("X-Amz-Signature") && request.method === "GET") {
      const signed = verifyPresigned(url, request.headers, (keyId) => this.keys.get(keyId)?.secretKey);
      const { method, url: path, headers } = request;
      const presigned = { method, url: path, headers: { ...headers, authorization: signed } };
      return this.forward(presigned, response, body, this.accountOf(keyIdOf(signed)));
    }
    if (authorization === undefined && !searchParams.has("X-Amz-Signature")) throw unsigned(action);
    await checkTrustPolicyDocument(query, this.options.moto, this.accounts);
    this.report(request, url, query);
    const keyId = keyIdOf(authorization ?? `Credential=${searchParams.get("X-Amz-Credential")}`);
    const { session } = this.keys.get(keyId) ?? {};
    if (action === "AssumeRole" && session) await checkAssumeRole(query, session, this.options.moto);
    const enforcement = this.options.admins.has(keyId) ? {} : ENFORCE_IAM;
    await this.forward(request, response, body, this.accountOf(keyId), enforcement, query.get("RoleArn"));
  }

  /** Returns the account of an access key. moto refuses an unknown key in any account. */
  private accountOf(keyId: string): string {
    return this.keys.get(keyId)?.accountId ?? this.accounts[0] ?? "";
  }

  private report({ method = "", headers }: IncomingMessage, url: URL, parameters: URLSearchParams): void {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1];
    if (service !== undefined) this.options.onCall?.({ service, method, url, parameters });
  }

  /** moto answers a call of STS in one chunk. */
  private noteSecrets(answer: string, caller: string, roleArn: string | null): void {
    const [, keyId, secretKey] = /<AccessKeyId>([^<]+)<.*?<SecretAccessKey>([^<]+)</s.exec(answer) ?? [];
    // The session of a role can be in another account than its caller.
    const [, arn, accountId = caller] = /<Arn>(arn:[\w-]+:sts::(\d{12}):assumed-role\/[^<]+)/.exec(answer) ?? [];
    const session = arn !== undefined && roleArn !== null ? { session: { arn, roleArn } } : {};
    if (keyId && secretKey) this.keys.set(keyId, { secretKey, accountId, ...session });
    for (const [, secret] of answer.matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g)) {
      if (secret) this.options.onSecret?.(secret);
    }
  }

  private forward(
    request: Pick<IncomingMessage, "method" | "url" | "headers">,
    response: ServerResponse,
    body: Buffer,
    accountId: string,
    enforcement: Partial<typeof ENFORCE_IAM> = {},
    roleArn: string | null = null,
  ): Promise<void> {
    // The host header stays as it is: the client has signed it.
    const {
      connection: _,
      "transfer-encoding": __,
      expect: ___,
      "accept-encoding": ____,
      "x-enforce-iam": _____,
      "x-moto-account-id": ______,
      ...headers
    } = request.headers;
    return new Promise((resolve, reject) => {
      const target = new URL(request.url ?? "/", this.options.moto.endpoint);
      const options = {
        method: request.method,
        headers: { ...headers, ...enforcement, ...inAccount(accountId), "content-length": body.length },
      };
      const forwarded = forwardRequest(target, options, (answer) => {
        const { connection: _, "transfer-encoding": __, ...answered } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, answered);
        answer.on("error", reject);
        answer.on("data", (chunk: Buffer) => this.noteSecrets(chunk.toString("utf8"), accountId, roleArn));
        response.on("close", resolve);
        answer.pipe(response);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

/** Returns the access key ID of a signature, with which the scope of the signature begins. */
function keyIdOf(authorization: string): string {
  return /Credential=([^/]+)\//.exec(authorization)?.[1] ?? "";
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Refusal(413, "RequestEntityTooLarge", "The request is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html; S3 treats the caller as anonymous. */
function unsigned(action: string | null): Refusal {
  return action === null
    ? new Refusal(403, "AccessDenied", "Access Denied")
    : new Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
}
