import { FULL } from "../test-if";
import { type Answer, type Answers, FakeAws, inProcess, type Operation, type Recording, record } from "./fake-aws";
import { INJECTED, pod } from "./pod";
import { denies, givesCredentials, hasBucket, identifies, lists } from "./says-yes";

// Exit 0 requires an answer of STS and of the probe that says yes. Each answer of a proven run is changed in turn, and
// says-yes.ts reads the changed answer without the verifier.

let fake: FakeAws;
let recording: Recording;

beforeAll(async () => {
  recording = await record();
  fake = await FakeAws.start();
}, 60_000);
afterAll(() => fake.stop());

async function verify(answers: Partial<Answers>, ...args: string[]): Promise<number> {
  fake.answers = { ...recording.answers, ...answers };
  const flags = ["--timeout", "2s", "-o", "json", ...args];
  const { code, stdout } = await inProcess(pod({ ...INJECTED, AWS_ENDPOINT_URL: fake.endpoint }), flags);
  expect([JSON.parse(stdout).exitCode, JSON.parse(stdout).verdict === "proven"]).toEqual([code, code === 0]);
  return code;
}

/** A changed answer, and what was changed. */
type Change = readonly [what: string, answer: Answer];

const text = (answer: Answer, change: (body: string) => string): Answer => ({
  ...answer,
  body: Buffer.from(change(answer.body.toString("utf8"))),
});

/** Truncates an answer, or removes some bytes, at steps shorter than any element. */
function cuts(answer: Answer): Change[] {
  const { body } = answer;
  const changes: Change[] = [];
  for (let at = 0; at < body.length; at += 3) {
    changes.push([`cut at ${at}`, { ...answer, body: body.subarray(0, at) }]);
    changes.push([`broken off at ${at}`, { ...answer, body: body.subarray(0, at), way: "cut" }]);
    for (const length of [1, 2, 7, 30, 200]) {
      const rest = Buffer.concat([body.subarray(0, at), body.subarray(at + length)]);
      changes.push([`${length} bytes out at ${at}`, { ...answer, body: rest }]);
    }
  }
  return changes;
}

const STATUSES = [
  201, 202, 203, 204, 205, 206, 226, 300, 301, 302, 304, 307, 400, 401, 403, 404, 407, 409, 418, 429, 500, 502, 503,
  504,
];

/** Removes or empties each element of an answer. */
function withoutElements(answer: Answer): Change[] {
  const body = answer.body.toString("utf8");
  const names = [...new Set([...body.matchAll(/<(\w+)[\s>]/g)].map(([, name]) => name as string))];
  return names.flatMap((name) => {
    const element = new RegExp(`<${name}(\\s[^>]*)?>[^]*?</${name}>`);
    return ["", `<${name}></${name}>`, `<${name}/>`, `<${name}> \n </${name}>`].map(
      (by): Change => [`${name} → ${JSON.stringify(by)}`, text(answer, (xml) => xml.replace(element, by))],
    );
  });
}

const FOREIGN: readonly [string, string][] = [
  ["nothing", ""],
  ["a page", "<!DOCTYPE html><html><head><title>Log in</title></head><body>Welcome</body></html>"],
  ["a page without a DOCTYPE", "<html><body><Owner>x</Owner></body></html>"],
  ["JSON", '{"Arn":"arn:aws:sts::123456789012:assumed-role/my-s3-role/v","Owner":{},"Buckets":[]}'],
  ["an error", "<ErrorResponse><Error><Code>InternalFailure</Code></Error><RequestId>r</RequestId></ErrorResponse>"],
  ["an error of S3", "<Error><Code>InternalError</Code><Message>again</Message><RequestId>r</RequestId></Error>"],
  ["an error with an owner", "<Error><Code>SlowDown</Code><Owner><ID>x</ID></Owner><Buckets/></Error>"],
  ["an access control list", "<AccessControlPolicy><Owner><ID>x</ID></Owner></AccessControlPolicy>"],
  ["a list of objects", "<ListBucketResult><Name>b</Name><Owner><ID>x</ID></Owner></ListBucketResult>"],
  ["bytes", "\u0000\u0001\ufffd\u0000"],
];

/** The changes of an answer that suit every operation. */
function changes(answer: Answer): Change[] {
  return [
    ...cuts(answer),
    ...withoutElements(answer),
    ...STATUSES.map((status): Change => [`status ${status}`, { ...answer, status }]),
    ...FOREIGN.map(([what, body]): Change => [what, text(answer, () => body)]),
    ...Object.entries({ ...recording.answers, denied: recording.denied }).map(
      ([name, other]): Change => [`the answer to ${name}`, { ...answer, body: other.body }],
    ),
    ["a reset", { ...answer, way: "reset" }],
    ["another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")],
    ["an answer that never comes", raw("HTTP/1.1 100 Continue\r\n\r\n")],
    ["no HTTP", raw("hello\r\n\r\n")],
  ];
}

const raw = (bytes: string): Answer => ({ status: 0, headers: {}, body: Buffer.from(bytes), way: "raw" });

const ARNS = [
  "arn:aws:sts::210987654321:assumed-role/my-s3-role/s",
  "arn:aws:sts::123456789012:assumed-role/my-s3-role-2/s",
  "arn:aws:sts::123456789012:assumed-role/a-my-s3-role/s",
  "arn:aws:sts::123456789012:assumed-role/My-S3-Role/s",
  "arn:aws:sts::123456789012:assumed-role/MY-S3-ROLE/s",
  "arn:aws:sts::123456789012:assumed-role/my-s3-role",
  "arn:aws:sts::123456789012:assumed-role/my-s3-role/",
  "arn:aws:sts::123456789012:assumed-role/my-s3-role/s/t",
  "arn:aws:sts::123456789012:assumed-role/team/my-s3-role/s",
  "arn:aws:sts::123456789012:assumed-role//my-s3-role/s",
  "arn:aws:sts::123456789012:federated-user/my-s3-role/s",
  "arn:aws:sts:eu-west-3:123456789012:assumed-role/my-s3-role/s",
  "arn:aws:sts::aws:assumed-role/my-s3-role/s",
  "arn:aws:sts:::assumed-role/my-s3-role/s",
  "arn:aws-cn:sts::123456789012:assumed-role/my-s3-role/s",
  "arn:aws-us-gov:sts::123456789012:assumed-role/my-s3-role/s",
  "arn:aws:iam::123456789012:assumed-role/my-s3-role/s",
  "arn:aws:iam::123456789012:role/my-s3-role",
  "arn:aws:iam::123456789012:user/my-s3-role",
  "arn:aws:iam::123456789012:root",
  "ARN:AWS:STS::123456789012:ASSUMED-ROLE/MY-S3-ROLE/S",
  " arn:aws:sts::123456789012:assumed-role/my-s3-role/s",
  "arn:aws:sts::123456789012:assumed-role/my-s3-role/s\n",
  "x-arn:aws:sts::123456789012:assumed-role/my-s3-role/s",
];

const withArn = (answer: Answer): Change[] =>
  ARNS.map((arn) => [arn, text(answer, (body) => body.replace(/<Arn>[^<]*</, `<Arn>${arn}<`))]);

/** Without FULL=1, every eighth change. */
const some = (all: readonly Change[]) => (FULL ? all : all.filter((_, index) => index % 8 === 0));

/**
 * Runs the verifier with each change.
 * @param saysYes reads an answer without the verifier
 * @returns the changes that were proven although the answer does not say yes, and the numbers of proofs and of yeses
 */
async function falseProofs(
  operation: Operation,
  all: readonly Change[],
  saysYes: (answer: Answer) => boolean,
  ...args: string[]
): Promise<{ readonly wrong: string[]; readonly proofs: number; readonly yes: number }> {
  const wrong: string[] = [];
  let [proofs, yes] = [0, 0];
  for (const [what, answer] of all) {
    const proven = (await verify({ [operation]: answer }, ...args)) === 0;
    const said = saysYes(answer);
    if (proven) proofs++;
    if (said) yes++;
    if (proven && !said) wrong.push(what);
  }
  return { wrong, proofs, yes };
}

test("unchanged answers prove access, and the denial", async () => {
  const { answers, denied } = recording;
  expect(await verify({})).toBe(0);
  expect(await verify({}, "--probe", "s3:bucket:acme")).toBe(0);
  expect(await verify({ assume: denied }, "--expect", "denied", "--allow-endpoint")).toBe(0);
  expect(givesCredentials(answers.assume) && identifies(answers.identity) && lists(answers.list)).toBe(true);
  expect(hasBucket(answers.head) && denies(denied)).toBe(true);
});

const withoutLists = (list: Answer): Change => [
  "neither owner nor buckets",
  text(list, (body) => body.replace(/<Owner>.*<\/Owner>/, "").replace(/<Buckets>.*<\/Buckets>/, "")),
];

// Some answers say yes and are not proven, because a date in them is broken.
test.each<[Operation, (answer: Answer) => Change[], (answer: Answer) => boolean, number]>([
  ["assume", (answer) => [...changes(answer), ...withArn(answer)], givesCredentials, 0.9],
  ["identity", (answer) => [...changes(answer), ...withArn(answer)], identifies, 1],
  ["list", (answer) => [...changes(answer), withoutLists(answer)], lists, 0.7],
])(
  "no change of the answer to %s leads to a false proof",
  async (operation, changed, saysYes, share) => {
    const { wrong, proofs, yes } = await falseProofs(operation, some(changed(recording.answers[operation])), saysYes);
    expect(wrong).toEqual([]);
    expect(proofs).toBeGreaterThan(0);
    expect(proofs).toBeGreaterThanOrEqual(yes * share);
  },
  120_000,
);

test("no change of the answer to HeadBucket leads to a false proof", async () => {
  const { head } = recording.answers;
  const all: Change[] = [
    ...STATUSES.map((status): Change => [`status ${status}`, { ...head, status }]),
    ["no request id", { ...head, headers: {} }],
    ["an empty request id", { ...head, headers: { "x-amz-request-id": "" } }],
    ["a page", { ...head, headers: { "content-type": "text/html" } }],
    ["a reset", { ...head, way: "reset" }],
    ["another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")],
    ["STS's request id", { ...head, headers: { "x-amzn-requestid": "r" } }],
  ];
  const { wrong, proofs } = await falseProofs("head", all, hasBucket, "--probe", "s3:bucket:acme");
  expect([wrong, proofs]).toEqual([[], 1]);
});

describe("--expect denied", () => {
  const error = (code: string, message = "Not authorized to perform sts:AssumeRoleWithWebIdentity") =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

  test("is proven only by a refusal of the trust policy", async () => {
    const { denied, answers } = recording;
    const codes = [
      ...["ExpiredToken", "InvalidIdentityToken", "ValidationError", "Throttling", "RegionDisabledException"],
      ...["AccessDenied ", "accessdenied", "x#AccessDenied", "AccessDenied#x", "com.amazonaws#AccessDenied"],
      ...["UnrecognizedClientException", "RequestLimitExceeded", "403", "", "Forbidden", "NotAccessDenied"],
    ];
    const layers = [
      "because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action",
      "with an explicit deny in a resource control policy",
      "with an explicit deny in a service control policy",
    ];
    const all: Change[] = [
      ...some(changes(denied)).filter(([what]) => what !== "status 403" && what !== "the answer to denied"),
      ...codes.map((code): Change => [code, text(denied, () => error(code))]),
      ...layers.map((message): Change => [message, text(denied, () => error("AccessDenied", message))]),
      ["no request id", { ...text(denied, (b) => b.replace(/<RequestId>.*<\/RequestId>/, "")), headers: {} }],
      ["the error of S3", text(denied, () => "<Error><Code>AccessDenied</Code><RequestId>r</RequestId></Error>")],
      ["JSON", text(denied, () => '{"Error":{"Code":"AccessDenied"},"RequestId":"r"}')],
      ["a proxy's page", { ...denied, headers: { via: "1.1 proxy" }, body: Buffer.from("<h1>AccessDenied</h1>") }],
      ["an empty 403", { ...denied, headers: {}, body: Buffer.alloc(0) }],
      ["an empty 403 with a request id", { ...denied, body: Buffer.alloc(0) }],
      ["credentials", answers.assume],
      ["a page after it", text(denied, (body) => `${body}<html>blocked</html>`)],
      ["another error after it", text(denied, (body) => body + error("Throttling"))],
      ["a comment", text(denied, (body) => body.replace("</Message>", "<!-- a session policy --></Message>"))],
      ["twice", text(denied, (body) => body.replace("<Code>", "<Code>ExpiredToken</Code><Code>"))],
    ];
    const { wrong, proofs, yes } = await falseProofs("assume", all, denies, "--expect", "denied", "--allow-endpoint");
    expect([wrong, proofs]).toEqual([[], yes]);
    expect(proofs).toBeGreaterThan(0);
  }, 120_000);

  test("is not proven by a refusal in another language, which does not name the policy", async () => {
    const assume = text(recording.denied, () => error("AccessDenied", "No está autorizado"));
    expect(await verify({ assume }, "--expect", "denied", "--allow-endpoint")).toBe(1);
  });
});
