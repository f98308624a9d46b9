import type { Answer } from "./fake-aws";

// Reads answers strictly, without the verifier and the SDK. An answer that only they accept would be a false proof.

/** Returns the text of every element of a document by its path, or undefined if the document is not well-formed. */
function elements(xml: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  const path: string[] = [];
  const token = /<\?[^>]*\?>|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  while (token.lastIndex < xml.length) {
    const match = token.exec(xml);
    if (!match) return undefined;
    const [, close, name, , empty, text] = match;
    if (text !== undefined) {
      if (path.length === 0 && text.trim() !== "") return undefined;
      const at = path.join("/");
      if (path.length > 0) found.set(at, (found.get(at) ?? "") + text);
    } else if (name !== undefined) {
      if (close) {
        if (path.pop() !== name) return undefined;
      } else {
        if (path.length === 0 && found.size > 0) return undefined;
        const at = [...path, name].join("/");
        found.set(at, found.get(at) ?? "");
        if (!empty) path.push(name);
      }
    }
  }
  return path.length === 0 && found.size > 0 ? found : undefined;
}

function read(answer: Answer, status: number): Map<string, string> | undefined {
  if (answer.status !== status || (answer.way ?? "whole") !== "whole") return undefined;
  return elements(answer.body.toString("utf8"));
}

const SESSION = /^arn:aws:sts::123456789012:assumed-role\/my-s3-role\/[\w+=,.@-]{1,64}$/;

/** Whether the answer holds credentials for a session of the sample's role. */
export function givesCredentials(answer: Answer): boolean {
  const found = read(answer, 200);
  const result = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult";
  const has = (name: string) => (found?.get(`${result}/Credentials/${name}`) ?? "").trim() !== "";
  const keys = has("AccessKeyId") && has("SecretAccessKey") && has("SessionToken");
  return keys && SESSION.test(found?.get(`${result}/AssumedRoleUser/Arn`) ?? "");
}

/** Whether the answer names the sample's role. */
export function identifies(answer: Answer): boolean {
  return SESSION.test(read(answer, 200)?.get("GetCallerIdentityResponse/GetCallerIdentityResult/Arn") ?? "");
}

/** Whether the answer is a list of buckets. */
export function lists(answer: Answer): boolean {
  const found = read(answer, 200);
  return ["Owner", "Buckets"].some((name) => found?.has(`ListAllMyBucketsResult/${name}`));
}

/** Whether the bucket exists. The answer to a HEAD ends with its headers. */
export function hasBucket(answer: Answer): boolean {
  const ids = ["x-amz-request-id", "x-amzn-requestid", "x-amzn-request-id", "x-amz-id-2"];
  const { way = "whole" } = answer;
  return answer.status === 200 && ["whole", "cut"].includes(way) && ids.some((id) => answer.headers[id]);
}

/** Whether the answer is a refusal by the trust policy. */
export function denies(answer: Answer): boolean {
  const found = read(answer, 403);
  const id = answer.headers["x-amzn-requestid"] || found?.get("ErrorResponse/RequestId");
  const message = found?.get("ErrorResponse/Error/Message")?.trim();
  const ownWords = message === "Not authorized to perform sts:AssumeRoleWithWebIdentity";
  return found?.get("ErrorResponse/Error/Code") === "AccessDenied" && Boolean(id) && ownWords;
}
