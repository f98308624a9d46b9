import type { Socket } from "node:net";
import * as answers from "./answers";
import { CLOSED, type Fault, fault, type Place, type Setup, type Variables } from "./fault";
import { type Answer, aws } from "./fault-server";

const assume = (answer: Answer): Setup => ({ server: { assume: answer } });
const probe = (answer: Answer): Setup => ({ server: { probe: answer } });

/** AWS with a clock that differs by some seconds. */
const at = (seconds: number): Setup => {
  const answer = answers.dated(seconds);
  return { server: { assume: answer, identity: answer, probe: answer } };
};

/** STS answers once in this way, and correctly from the second try. */
const once = (answer: Answer): Setup => ({ server: { assume: [answer, aws] }, waitMs: 8000, attempts: 2 });

const hangs = (timeoutMs: number): Setup => ({ timeoutMs, shows: ["127.0.0.1", `${timeoutMs / 1000} s`] });

const trusted = ({ authority }: Place): Variables => ({ AWS_CA_BUNDLE: authority });

/** No endpoint is redirected: the call goes to AWS's host name through this proxy. */
const proxied = (proxy: string): Variables => ({ AWS_ENDPOINT_URL: "", HTTPS_PROXY: proxy });

const STS = "sts.eu-west-3.amazonaws.com";
const PROXY = [STS, "HTTPS_PROXY", "127.0.0.1"];

/** A proxy that answers CONNECT with this status. */
const proxyAnswers = (status: string): Setup => ({
  server: { connect: (socket: Socket) => void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`) },
  variables: ({ address }) => proxied(`http://user:proxy-password@${address}`),
  shows: PROXY,
});

/** Answers in STS's place that AWS would not give: what they are, the status, the answer. */
const FOREIGN: readonly (readonly [string, number, Answer, Setup?])[] = [
  ["a captive portal's page", 200, answers.page(200, "Welcome! Please log in"), { core: true }],
  ["a proxy's page", 403, answers.page(403, "Access to this site is blocked"), { core: true }],
  ["a proxy's page", 407, answers.page(407, "Proxy Authentication Required")],
  ["a gateway's page", 502, answers.page(502, "Bad Gateway")],
  ["a gateway's page", 503, answers.page(503, "Service Unavailable")],
  ["a page of a megabyte", 403, answers.page(403, "x".repeat(512 * 1024))],
  [
    "truncated XML",
    200,
    answers.body(200, "text/xml", "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Cred"),
    { core: true },
  ],
  ["truncated XML", 403, answers.body(403, "text/xml", "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDe")],
  ["JSON", 200, answers.body(200, "application/json", '{"status":"ok"}')],
  ["a redirect to a login page", 302, answers.redirect(302, "https://login.example/"), { core: true }],
  ["a redirect", 301, answers.redirect(301, "https://proxy.example/")],
  ["a redirect", 307, answers.redirect(307, "https://proxy.example/")],
];

/** What is between the pod and AWS, or missing there. */
export const networkFaults: readonly Fault[] = [
  fault("QV502", 3, "no process listens at the endpoint", {
    variables: { AWS_ENDPOINT_URL: `http://${CLOSED}` },
    shows: ["127.0.0.1", "ECONNREFUSED", "AWS_ENDPOINT_URL"],
    core: true,
  }),
  fault("QV502", 3, "STS is reachable and S3 is not: the VPC endpoint for S3 is missing", {
    variables: { AWS_ENDPOINT_URL_S3: `http://${CLOSED}` },
    shows: ["127.0.0.1", "ECONNREFUSED", "AWS_ENDPOINT_URL_S3"],
    core: true,
  }),
  fault("QV501", 3, "the name of the endpoint does not resolve", {
    variables: { AWS_ENDPOINT_URL: "http://sts.none.invalid" },
    shows: ["sts.none.invalid", "AWS_ENDPOINT_URL"],
    core: true,
  }),
  fault("QV502", 3, "the connection is reset before the answer", {
    ...assume(answers.resetBefore),
    shows: "ECONNRESET",
  }),
  fault("QV502", 3, "the connection is reset within the answer", {
    ...assume(answers.resetInBody),
    shows: "ECONNRESET",
  }),
  fault("QV502", 3, "the connection is closed within the answer", {
    ...assume(answers.shortBody),
    shows: "ECONNRESET",
  }),
  fault("QV507", 3, "STS does not answer", { ...assume(answers.hangBefore), ...hangs(600), core: true }),
  fault("QV507", 3, "the answer stops after its headers", { ...assume(answers.hangAfter), ...hangs(600) }),
  fault("QV507", 3, "the answer arrives one byte at a time, and never ends", {
    ...assume(answers.drip),
    ...hangs(600),
  }),
  fault("QV507", 3, "S3 does not answer", { ...probe(answers.hangBefore), ...hangs(1500) }),
  fault("QV507", 3, "STS does not answer GetCallerIdentity", {
    server: { identity: answers.hangBefore },
    ...hangs(1500),
  }),
  fault("QV507", 3, "STS does not answer, and `--wait` is longer than `--timeout`", {
    ...assume(answers.hangBefore),
    ...hangs(400),
    waitMs: 1500,
    attempts: 2,
  }),
  fault("QV507", 3, "the pod is stopped (SIGTERM) while it waits for an answer", {
    ...assume(answers.hangBefore),
    signal: "SIGTERM",
    shows: "127.0.0.1",
  }),
  fault("QV507", 3, "Ctrl-C (SIGINT) interrupts the wait for an answer", {
    ...assume(answers.hangBefore),
    signal: "SIGINT",
    shows: "127.0.0.1",
  }),
  fault("QV503", 3, "the certificate is self-signed", { tls: "self-signed", shows: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
  fault("QV503", 3, "the certificate is for another host", {
    tls: "wrong-host",
    variables: trusted,
    shows: ["ERR_TLS_CERT_ALTNAME_INVALID", "proxy.example"],
  }),
  fault("QV503", 3, "the certificate has expired", { tls: "expired", variables: trusted, shows: "CERT_HAS_EXPIRED" }),
  fault("QV503", 3, "a proxy inspects TLS with the company's certificate authority", {
    tls: "trusted",
    shows: ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "authority.example"],
  }),
  fault(null, 0, "a proxy inspects TLS, and `AWS_CA_BUNDLE` names its certificate authority", {
    tls: "trusted",
    variables: trusted,
  }),
  fault(null, 0, "a proxy inspects TLS, and `NODE_EXTRA_CA_CERTS` names its certificate authority", {
    tls: "trusted",
    variables: ({ authority }) => ({ NODE_EXTRA_CA_CERTS: authority }),
  }),
  fault("QV503", 3, "`AWS_CA_BUNDLE` names a file that does not exist", {
    tls: "trusted",
    variables: { AWS_CA_BUNDLE: "/etc/ssl/none.pem" },
    shows: ["AWS_CA_BUNDLE", "/etc/ssl/none.pem", "ENOENT"],
  }),
  fault("QV503", 3, "the endpoint speaks HTTP, and its URL says `https`", {
    server: {},
    variables: ({ address }) => ({ AWS_ENDPOINT_URL: `https://${address}` }),
    shows: "EPROTO",
  }),
  fault("QV506", 3, "the endpoint speaks another protocol than HTTP", {
    ...assume(answers.banner),
    shows: "HPE_INVALID_CONSTANT",
  }),
  ...FOREIGN.map(([what, status, answer, more]) =>
    fault("QV506", 3, `STS's answer is ${what} (${status})`, {
      ...assume(answer),
      shows: ["127.0.0.1", `HTTP ${status}`],
      ...more,
    }),
  ),
  fault("QV506", 3, "STS's answer is a page of 3 megabytes (200)", {
    ...assume(answers.page(200, "x".repeat(3 * 1024 * 1024))),
    shows: "HPE_TOO_LONG",
  }),
  fault("QV506", 3, "STS's answer is empty (200)", { ...assume(answers.body(200, "text/xml", "")), core: true }),
  fault("QV506", 3, "S3's answer is a captive portal's page (200)", probe(answers.page(200, "Please log in"))),
  fault("QV506", 3, "S3's answer is empty (200)", probe(answers.body(200, "application/xml", ""))),
  fault("QV506", 3, "S3's answer is another service's XML, and `AWS_ENDPOINT_URL` is set", {
    ...probe(answers.body(200, "application/xml", "<ListDomainNamesResult/>")),
    shows: "AWS_ENDPOINT_URL",
  }),
  fault(null, 0, "STS closes a connection that it kept open", { server: { identity: [answers.resetBefore, aws] } }),
  fault("QV506", 3, "S3's answer to HeadBucket is empty (200)", {
    ...probe(answers.body(200, "text/html", "")),
    flags: ["--probe", "s3:bucket:sample-bucket"],
  }),
  fault("QV504", 3, "STS throttles", {
    ...assume(answers.stsError(400, "Throttling", "Rate exceeded")),
    shows: "Throttling",
    core: true,
  }),
  fault("QV504", 3, "STS answers HTTP 429 without a body", {
    ...assume(answers.body(429, "text/plain", "")),
    shows: "429",
  }),
  fault("QV504", 3, "S3 throttles", {
    ...probe(answers.s3Error(503, "SlowDown", "Please reduce your request rate.")),
    shows: "SlowDown",
  }),
  fault(null, 0, "STS throttles once, with `--wait`", once(answers.body(429, "text/plain", ""))),
  fault("QV505", 3, "STS has an internal failure (500)", {
    ...assume(answers.stsError(500, "InternalFailure", "We encountered an internal error.")),
    shows: "InternalFailure",
  }),
  fault("QV505", 3, "STS is unavailable (503)", {
    ...assume(answers.stsError(503, "ServiceUnavailable", "Service is unavailable.")),
    shows: "ServiceUnavailable",
  }),
  fault("QV505", 3, "S3 has an internal error (500)", {
    ...probe(answers.s3Error(500, "InternalError", "We encountered an internal error.")),
    shows: "InternalError",
  }),
  fault(null, 0, "STS has an internal failure once, with `--wait`", {
    ...once(answers.stsError(500, "InternalFailure", "We encountered an internal error.")),
  }),
  fault(null, 0, "STS is unavailable once, with `--wait`", {
    ...once(answers.stsError(503, "ServiceUnavailable", "Service is unavailable.")),
  }),
  fault("QV221", 0, "this clock is 10 minutes behind AWS's", at(600)),
  fault("QV221", 0, "this clock is 10 minutes ahead of AWS's", at(-600)),
  fault("QV506", 3, "the proxy requires a password (407)", {
    ...proxyAnswers("407 Proxy Authentication Required"),
    core: true,
  }),
  fault("QV506", 3, "the proxy does not allow AWS (403)", proxyAnswers("403 Forbidden")),
  fault("QV506", 3, "the proxy cannot reach AWS (502)", proxyAnswers("502 Bad Gateway")),
  fault("QV507", 3, "the proxy does not answer", {
    server: { connect: () => {} },
    variables: ({ address }) => proxied(`http://${address}`),
    timeoutMs: 800,
    shows: PROXY,
  }),
  fault("QV502", 3, "the proxy accepts the connection, and does not provide a tunnel in time", {
    server: { connect: () => {} },
    variables: ({ address }) => proxied(`http://${address}`),
    shows: [...PROXY, "ETIMEDOUT"],
  }),
  fault("QV502", 3, "no process listens at the proxy", {
    variables: proxied(`http://${CLOSED}`),
    shows: [...PROXY, "ECONNREFUSED"],
    core: true,
  }),
  fault("QV501", 3, "the name of the proxy does not resolve", {
    variables: proxied("http://proxy.none.invalid:3128"),
    shows: [STS, "HTTPS_PROXY", "proxy.none.invalid"],
  }),
  fault("QV506", 3, "`HTTP_PROXY` sends the calls of a plain HTTP endpoint to a proxy that shows a page", {
    ...assume(answers.page(403, "Access to this site is blocked")),
    variables: ({ endpoint }) => ({ AWS_ENDPOINT_URL: "http://sts.none.invalid", HTTP_PROXY: endpoint }),
    shows: ["sts.none.invalid", "HTTP_PROXY"],
  }),
  fault(null, 0, "no process listens at the proxy, and `NO_PROXY` names the endpoint", {
    tls: "trusted",
    variables: ({ authority }) => ({
      AWS_CA_BUNDLE: authority,
      HTTPS_PROXY: `http://${CLOSED}`,
      NO_PROXY: "localhost,127.0.0.1",
    }),
  }),
];
