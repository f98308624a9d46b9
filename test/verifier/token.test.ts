import { readToken, summarize } from "../../verifier/checks/token";
import type { PodView } from "../../verifier/pod/view";
import { detail, found, offline, withToken } from "./offline-checks";
import { INJECTED, ISSUER, NOW, pod, SUBJECT, TOKEN_FILE, token } from "./pod";

describe("the token", () => {
  test.each<[string, PodView, string[]]>([
    ["is not there", pod(INJECTED, {}), ["QV201"]],
    ["is below a file", pod(INJECTED, { [TOKEN_FILE]: { code: "ENOTDIR" } }), ["QV201"]],
    ["may not be read", pod(INJECTED, { [TOKEN_FILE]: { code: "EACCES" } }), ["QV202"]],
    ["is a folder", pod(INJECTED, { [TOKEN_FILE]: { code: "EISDIR" } }), ["QV202"]],
    ["is empty", pod(INJECTED, { [TOKEN_FILE]: "" }), ["QV203"]],
    ["has 20,000 characters and is none", pod(INJECTED, { [TOKEN_FILE]: "x".repeat(20_000) }), ["QV204"]],
    ["has 20,001 characters", pod(INJECTED, { [TOKEN_FILE]: "x".repeat(20_001) }), ["QV203"]],
    ["ends with a line end", pod(INJECTED, { [TOKEN_FILE]: `${token()}\n` }), ["QV204"]],
    ["has a space at its end", pod(INJECTED, { [TOKEN_FILE]: `${token()} ` }), ["QV204"]],
    ["has two parts", pod(INJECTED, { [TOKEN_FILE]: token().split(".").slice(0, 2).join(".") }), ["QV204"]],
    ["is no JSON", pod(INJECTED, { [TOKEN_FILE]: "a.b.c" }), ["QV204"]],
    ["is a list", pod(INJECTED, { [TOKEN_FILE]: `e30.${Buffer.from("[]").toString("base64url")}.x` }), ["QV204"]],
    ["has no issuer", withToken({ iss: undefined }), ["QV204"]],
    ["has no end", withToken({ exp: undefined }), ["QV204"]],
    ["has an end that is no time", withToken({ exp: 1e300 }), ["QV204"]],
    ["ends now", withToken({ exp: NOW / 1000 }), ["QV205"]],
    ["ends in a second", withToken({ exp: NOW / 1000 + 1 }), []],
    ["begins in a minute", withToken({ nbf: NOW / 1000 + 60 }), []],
    ["begins later", withToken({ nbf: NOW / 1000 + 61 }), ["QV206"]],
    ["does not say when it begins", withToken({ nbf: undefined }), []],
    ["is for another audience", withToken({ aud: ["https://kubernetes.default.svc"] }), ["QV207"]],
    ["is for no audience", withToken({ aud: undefined }), ["QV207"]],
    ["has one audience as text", withToken({ aud: "sts.amazonaws.com" }), []],
    ["is a person's", withToken({ sub: "user:alice" }), ["QV209"]],
    ["has a subject that is no text", withToken({ sub: { toString: 1 } }), ["QV209"]],
  ])("%s", (_, where, expected) => {
    expect(found(where)).toEqual(expected);
  });

  test("is a legacy token without expiry and audience", () => {
    const legacy = { iss: "kubernetes/serviceaccount", aud: undefined, exp: undefined, nbf: undefined };
    expect(found(withToken(legacy), { issuer: ISSUER })).toEqual(["QV210"]);
  });

  test("has an issuer that the fix of --issuer proposes only if STS can reach it", () => {
    const fix = (iss: string) =>
      offline(withToken({ iss }), { issuer: ISSUER }).find(({ code }) => code === "QV208")?.fix ?? "";
    expect(fix(`${ISSUER}/`.replace("EXAMPLED", "REBUILTD"))).toContain(`${ISSUER.replace("EXAMPLED", "REBUILTD")} `);
    expect(fix("https://kubernetes.default.svc")).toContain("--service-account-issuer");
  });

  test("has the issuer of --issuer", () => {
    expect(found(pod(), { issuer: ISSUER })).toEqual([]);
    expect(found(pod(), { issuer: `${ISSUER}X` })).toEqual(["QV208"]);
  });

  test("has the namespace of the Qovery environment", () => {
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z1-prod" }))).toEqual([]);
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z2-staging" }))).toEqual(["QV209"]);
  });

  test("is summarized by its printable claims", () => {
    expect(summarize(readToken(pod(), TOKEN_FILE))).toEqual({
      issuer: ISSUER,
      subject: SUBJECT,
      audience: ["sts.amazonaws.com"],
      expiresAt: "2026-11-24T11:00:00Z",
    });
    expect(summarize(undefined)).toEqual({ issuer: null, subject: null, audience: null, expiresAt: null });
    const hostile = summarize(
      readToken(withToken({ sub: "\u001b[2J\n\u0000", aud: ["x".repeat(9000), 5], iss: 1, exp: "soon" }), TOKEN_FILE),
    );
    expect(hostile).toEqual({
      issuer: null,
      subject: expect.not.stringMatching(/[\u0000-\u001f]/),
      audience: [expect.stringMatching(/^x{300}…$/)],
      expiresAt: null,
    });
  });

  test("is summarized with a subject of the greatest length", () => {
    const sub = `system:serviceaccount:${"n".repeat(63)}:${"a".repeat(253)}`;
    expect(summarize(readToken(withToken({ sub }), TOKEN_FILE)).subject).toBe(sub);
  });

  test.each(["EACCES", "EPERM", "ELOOP", "ENXIO"])("cannot be read with %s", (code) => {
    expect(detail(pod(INJECTED, { [TOKEN_FILE]: { code } }), "QV202")).toContain(code);
  });

  test.each(["EISDIR", "ENOTREG"])("is not a regular file with %s", (code) => {
    expect(detail(pod(INJECTED, { [TOKEN_FILE]: { code } }), "QV202")).toContain("AWS_WEB_IDENTITY_TOKEN_FILE");
  });

  test("is not in the checks", () => {
    const text = token({ aud: "x", sub: "y" }, "U0lHTkFUVVJF");
    for (const where of [pod(INJECTED, { [TOKEN_FILE]: text }), pod(INJECTED, { [TOKEN_FILE]: `${text}\n` })]) {
      const said = JSON.stringify(offline(where));
      for (const part of [...text.split("."), text]) expect(said).not.toContain(part);
    }
  });
});
