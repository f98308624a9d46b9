import { type AwsError, readError } from "../../verifier/aws/aws-error";
import { lines } from "../../verifier/checks/catalogue";
import { identityFailure, probeFailure, probeName } from "../../verifier/checks/probe";
import { stsFailure } from "../../verifier/checks/sts";
import { awsError, expectFailure } from "./failure";
import { ISSUER, ROLE, SUBJECT } from "./pod";

// From the error that the SDK throws to the code of the failure.

const TOKEN = { issuer: ISSUER, subject: SUBJECT, audience: ["sts.amazonaws.com"], expiresAt: "2026-11-24T11:00:00Z" };

const refused = (code: string, message = "", more: Partial<AwsError> = {}) =>
  awsError({ code, message, status: 400, fromAws: true, ...more });

const assume = (error: AwsError, token: object = {}) => stsFailure(error, ROLE, { ...TOKEN, ...token }, "eu-west-3");

describe("a refusal of STS", () => {
  test.each<[string, string, string]>([
    ["AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "QV301"],
    ["AccessDeniedException", "No está autorizado", "QV301"],
    ["InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://x", "QV302"],
    ["InvalidIdentityTokenException", "Incorrect token audience", "QV303"],
    ["InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", "QV304"],
    ["InvalidIdentityToken", "The web identity token provided could not be validated", "QV304"],
    ["InvalidIdentityToken", "身份令牌无效", "QV304"],
    ["InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", "QV306"],
    ["ExpiredTokenException", "Token expired", "QV305"],
    ["ExpiredToken", "", "QV305"],
    ["ValidationError", "Request ARN is invalid", "QV307"],
    ["ValidationException", "", "QV307"],
    ["RegionDisabledException", "", "QV308"],
    ["RegionDisabled", "", "QV308"],
    ["IDPRejectedClaim", "", "QV309"],
    ["IDPRejectedClaimException", "", "QV309"],
    ["IDPCommunicationError", "", "QV310"],
    ["IDPCommunicationErrorException", "", "QV310"],
    ["PackedPolicyTooLarge", "", "QV399"],
    ["SomethingNew", "", "QV399"],
  ])("%s %s is %s", (code, message, expected) => expectFailure(assume(refused(code, message)), expected, code));

  test("QV301 shows the token's claims and the condition that matches, ready to paste", () => {
    const failure = assume(refused("AccessDenied"));
    expectFailure(failure, "QV301", ISSUER, SUBJECT, "sts.amazonaws.com");
    expect(JSON.parse(failure.detail.slice(failure.detail.indexOf("{")))).toEqual({
      StringEquals: { [`${ISSUER.slice(8)}:aud`]: "sts.amazonaws.com", [`${ISSUER.slice(8)}:sub`]: SUBJECT },
    });
  });

  test("QV301 puts the most likely cause first, by the token's subject", () => {
    const subjects = ["z1-prod:default", "z1-prod:worker", "z1-prod:my-s3-role", "prod:my-s3-role"];
    const fixes = [null, ...subjects.map((name) => `system:serviceaccount:${name}`)].map(
      (subject) => assume(refused("AccessDenied"), { subject }).fix,
    );
    expect(new Set(fixes).size).toBe(fixes.length);
    for (const fix of fixes) for (const value of ["my-s3-role", ISSUER, "--wait"]) expect(fix).toContain(value);
    expect(fixes[1]).toContain('"default"');
    expect(fixes[2]).toContain("worker");
    expect(fixes[3]).toContain("z1-prod");
    expect(fixes[4]).toContain("prod");
  });

  test.each(["z1-preview:my-s3-role", "z1-prod:worker", "prod:my-s3-role"])(
    "QV301 gives %s a separate role, and takes the role from nobody who can still use it",
    (name) => {
      const [namespace = "", account = ""] = name.split(":");
      const fixes = lines(assume(refused("AccessDenied"), { subject: `system:serviceaccount:${name}` }).fix);
      const separate = fixes.filter((fix) => fix.includes("declare another role"));
      expect(separate).not.toEqual([]);
      for (const fix of separate) {
        expect(fix).toContain(`\`namespace: ${namespace}\` and \`serviceAccount: ${account}\``);
      }
      const moved = fixes.filter((fix) => fix.includes("replace that namespace"));
      expect(moved).toHaveLength(namespace.startsWith("z") ? 1 : 0);
      for (const fix of moved) expect(fix).toContain("does not exist");
      for (const fix of fixes) expect(fix).not.toMatch(/set `(?:namespace|serviceAccount|scope):/);
    },
  );
});

describe("the fix depends on the issuer", () => {
  const ISSUERS = {
    eks: ISSUER,
    public: "https://issuer.acme.com/cluster",
    bucket: "https://my.oidc.s3.eu-west-3.amazonaws.com/cluster",
    unreachable: "https://kubernetes.default.svc.cluster.local",
  };
  const fixFor = (issuer: string, message: string, region = "eu-west-3") =>
    stsFailure(refused("InvalidIdentityToken", message), ROLE, { ...TOKEN, issuer }, region).fix;

  test.each(["No OpenIDConnect provider found", "doesn't match configured thumbprint", "Couldn't retrieve"])(
    "%s never proposes an issuer that STS cannot reach",
    (message) => {
      const fix = fixFor(ISSUERS.unreachable, message);
      expect(fix).toContain("--service-account-issuer");
      expect(fix).not.toMatch(/^1\./);
    },
  );

  test("only an opt-in region must be activated", () => {
    const message = "No OpenIDConnect provider found in your account";
    expect(fixFor(ISSUERS.eks, message, "me-central-1")).toContain("enable-region --region-name me-central-1");
    expect(fixFor(ISSUERS.eks, message)).not.toContain("enable-region");
  });

  test("a thumbprint is removed for EKS, and first updated for another issuer", () => {
    const message = "certificate doesn't match configured thumbprint";
    expect(fixFor(ISSUERS.eks, message)).not.toContain("update-open-id-connect-provider-thumbprint");
    expect(fixFor(ISSUERS.public, message)).toMatch(/^1\. .*update-open-id-connect-provider-thumbprint/);
    expect(fixFor(ISSUERS.bucket, message)).toContain("bucket without dots");
  });

  test("the keys of EKS are always public, and a bucket needs a name without dots", () => {
    const message = "Couldn't retrieve verification key";
    expect(fixFor(ISSUERS.eks, message)).not.toContain(".well-known");
    expect(fixFor(ISSUERS.public, message)).toContain(`${ISSUERS.public}/.well-known/openid-configuration`);
    expect(fixFor(ISSUERS.bucket, message)).toContain("bucket without dots");
  });
});

const LIST = { name: "s3:list-buckets" } as const;
const BUCKET = { name: "s3:bucket", bucket: "acme" } as const;

describe("a refusal of the probe", () => {
  const because = (reason: string) =>
    refused("AccessDenied", `not authorized to perform: s3:ListAllMyBuckets ${reason}`);

  test.each<[string, AwsError, string, string]>([
    ["no policy", because("because no identity-based policy allows the action"), "QV402", "s3:ListAllMyBuckets"],
    ["no reason", refused("AccessDenied", "Access Denied"), "QV402", "s3:ListAllMyBuckets"],
    ["another language", refused("AccessDeniedException", "Accès refusé"), "QV402", "s3:ListAllMyBuckets"],
    ["boundary", because("because no permissions boundary allows the action"), "QV403", "permissions boundary"],
    ["SCP", because("with an explicit deny in a service control policy"), "QV403", "service control policy"],
    ["RCP", because("with an explicit deny in a resource control policy"), "QV403", "resource control policy"],
    ["session", because("because no session policy allows the action"), "QV403", "session policy"],
    ["VPC endpoint", because("because no VPC endpoint policy allows the action"), "QV403", "VPC endpoint policy"],
    ["bucket policy", because("with an explicit deny in a resource-based policy"), "QV403", "resource-based policy"],
    ["own deny", because("with an explicit deny in an identity-based policy"), "QV403", "identity-based policy"],
    ["some deny", because("with an explicit deny"), "QV403", "s3:ListAllMyBuckets"],
    ["token", refused("InvalidToken"), "QV405", "InvalidToken"],
    ["expired", refused("ExpiredToken"), "QV405", "ExpiredToken"],
    ["key", refused("InvalidAccessKeyId"), "QV405", "InvalidAccessKeyId"],
    ["clock", refused("RequestTimeTooSkewed"), "QV405", "RequestTimeTooSkewed"],
    ["unknown code", refused("NotImplemented"), "QV499", "NotImplemented"],
    ["blocked account", refused("AllAccessDisabled", "", { status: 403 }), "QV499", "AllAccessDisabled"],
  ])("%s", (_, error, code, value) => expectFailure(probeFailure(error, LIST, ROLE), code, value));

  const head = (status: number, region?: string) =>
    awsError({ status, fromAws: true, headers: region === undefined ? {} : { "x-amz-bucket-region": region } });

  test.each<[string, AwsError, string, string]>([
    ["not found", head(404), "QV404", "404"],
    ["not found, by code", refused("NoSuchBucket"), "QV404", "NoSuchBucket"],
    ["not found, by the SDK's name", refused("NotFound", "UnknownError", { status: 404 }), "QV404", "404"],
    ["permanent redirect", head(301, "us-east-1"), "QV404", "us-east-1"],
    ["temporary redirect", head(307, "us-east-1"), "QV404", "us-east-1"],
    ["bad request with another region", head(400, "us-west-2"), "QV404", "us-west-2"],
    ["redirect by code", { ...head(301, "us-east-1"), code: "PermanentRedirect" }, "QV404", "us-east-1"],
    ["forbidden", head(403), "QV402", "arn:aws:s3:::acme"],
  ])("of one bucket: %s", (_, error, code, value) => expectFailure(probeFailure(error, BUCKET, ROLE), code, value));

  test.each<[string, AwsError, number, string]>([
    [
      "an expired signature",
      refused("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2"),
      0,
      "QV405",
    ],
    ["an early signature", refused("SignatureDoesNotMatch", "Signature not yet current: 2"), 0, "QV405"],
    ["a signature with a wrong clock", refused("SignatureDoesNotMatch", "does not match"), 960, "QV405"],
    ["a HEAD without a reason with a wrong clock", head(403), -960, "QV405"],
  ])("%s is the clock", (_, error, skew, code) => {
    const failure = probeFailure(error, BUCKET, ROLE, skew);
    expect(failure).toMatchObject({ code, fix: expect.stringContaining("time synchronization") });
    expect(failure.detail.includes("960")).toBe(skew !== 0);
  });

  test("a signature that does not match is a proxy's if the clock is right, and new credentials need time", () => {
    const signature = probeFailure(refused("SignatureDoesNotMatch", "does not match"), LIST, ROLE);
    expectFailure(signature, "QV405", "to NO_PROXY");
    expectFailure(probeFailure(refused("InvalidAccessKeyId"), LIST, ROLE), "QV405", "--wait");
  });

  test("a HEAD refused without a reason is not a clock problem if the clock is right", () => {
    expect(probeFailure(head(403), BUCKET, ROLE, 30).code).toBe("QV402");
  });

  test("a HEAD with 400 and no reason is tried again", () => {
    expect(probeFailure(head(400), BUCKET, ROLE)).toMatchObject({ code: "QV499", transient: true });
  });

  test.each([
    ["SignatureDoesNotMatch", "Credential should be scoped to a valid region."],
    ["AuthorizationHeaderMalformed", "the region 'eu-west-3' is wrong; expecting 'us-east-1'"],
  ])("%s of another region names the variables that select the endpoint", (code, message) => {
    const failure = probeFailure(refused(code, message), LIST, ROLE);
    expectFailure(failure, "QV405", "AWS_ENDPOINT_URL");
    expect(failure.fix).not.toContain("NO_PROXY");
  });

  test.each(["aws-cn", "aws-us-gov", "aws-eusc"])("names the resource in the partition %s", (partition) => {
    const failure = probeFailure(head(403), BUCKET, ROLE.replace(":aws:", `:${partition}:`));
    expectFailure(failure, "QV402", `arn:${partition}:s3:::acme`);
  });

  test("does not print a region header that holds something else", () => {
    const failure = probeFailure(head(301, "IQoJb3JpZ2luX2VjEXAMPLETOKEN"), BUCKET, ROLE);
    expect(JSON.stringify(failure)).not.toContain("IQoJ");
  });

  test("has the name that --probe takes", () => {
    expect([LIST, BUCKET, { name: "none" } as const].map(probeName)).toEqual([
      "s3:list-buckets",
      "s3:bucket:acme",
      "none",
    ]);
  });
});

describe("the identity", () => {
  test.each([ROLE, "arn:aws:iam::123456789012:role/team/my-s3-role"])("of a session of %s is accepted", (role) => {
    expect(identityFailure("arn:aws:sts::123456789012:assumed-role/my-s3-role/session", role)).toBeUndefined();
  });

  test.each([
    "arn:aws:sts::123456789012:assumed-role/node-role/i-0abc",
    "arn:aws:sts::210987654321:assumed-role/my-s3-role/s",
    "arn:aws-cn:sts::123456789012:assumed-role/my-s3-role/s",
    "arn:aws:sts::123456789012:assumed-role/my-s3-role",
    "arn:aws:sts::123456789012:assumed-role/my-s3-role/",
    "arn:aws:sts::123456789012:assumed-role/my-s3-role/s/t",
    "arn:aws:sts:eu-west-3:123456789012:assumed-role/my-s3-role/s",
    "arn:aws:iam::123456789012:user/my-s3-role",
    "arn:aws:iam::123456789012:role/my-s3-role",
    "nobody",
    "",
  ])("%j is not a session of the role", (arn) => expectFailure(identityFailure(arn, ROLE), "QV401", arn));

  test.each(["sts:GetCallerIdentity because no VPC endpoint policy allows the action", "Access denied"])(
    "a refused GetCallerIdentity is a VPC endpoint policy: %s",
    (message) => {
      const failure = probeFailure(refused("AccessDenied", message, { status: 403 }), "identity", ROLE);
      expectFailure(failure, "QV403", "sts:GetCallerIdentity", "VPC endpoint");
      expect(JSON.stringify(failure)).not.toContain("s3:");
    },
  );
});

describe("an error that the SDK throws", () => {
  test("can be anything", () => {
    for (const thrown of [undefined, null, "text", 5, {}, new Error("x"), { name: 5, message: 5, code: 5 }]) {
      expect(readError(thrown)).toMatchObject({ code: undefined, systemCode: undefined, fromAws: false });
    }
  });

  test.each<[object, object]>([
    [{ name: "AccessDenied" }, { code: "AccessDenied" }],
    [{ name: "InvalidIdentityTokenException", Code: "InvalidIdentityToken" }, { code: "InvalidIdentityToken" }],
    [{ name: "Unknown" }, { code: undefined }],
    [{ name: "403" }, { code: undefined }],
    [{ name: "AccessDenied", Error: { Code: "x#AccessDenied" } }, { fromAws: false }],
    [{ name: "AccessDenied", Error: { Code: "AccessDenied" } }, { code: "AccessDenied" }],
    [{ name: "AccessDenied", RequestId: "r" }, { requestId: "r" }],
    [{ name: "NotFound" }, { fromAws: false }],
    [{ name: "NotFound", $metadata: { requestId: "r" } }, { code: "NotFound" }],
    [{ $metadata: { extendedRequestId: "x" } }, { fromAws: true }],
    [
      { $response: { statusCode: 301, headers: { a: "b" } }, $metadata: {} },
      { status: 301, headers: { a: "b" } },
    ],
  ])("%j is read as %j", (thrown, expected) => {
    const read = readError({ $fault: "client", $metadata: { httpStatusCode: 403 }, ...thrown });
    expect(read).toMatchObject(expected);
  });
});
