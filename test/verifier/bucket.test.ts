import { type AwsError, readError } from "../../verifier/aws/aws-error";
import { probeFailure } from "../../verifier/checks/probe";
import { parseOptions, UsageError } from "../../verifier/pod/options";
import { ROLE } from "./pod";

test.each(["a..b", "192.168.0.1", "xn--bucket", "sthree-x", "b--x-s3", "b-s3alias", "b--ol-s3", "b.mrap"])(
  "rejects %s, which is not the name of a general purpose bucket",
  (bucket) => {
    expect(() => parseOptions(["--probe", `s3:bucket:${bucket}`], {})).toThrow(UsageError);
  },
);

describe("the region of a bucket", () => {
  const answered = (status: number, region: string): AwsError => ({
    ...readError({ $metadata: { httpStatusCode: status, requestId: "r" } }),
    headers: { "x-amz-bucket-region": region },
  });
  const bucket = { name: "s3:bucket", bucket: "acme" } as const;

  test.each([301, 307, 400])("is read from the answer with status %i", (status) => {
    const failure = probeFailure(answered(status, "us-west-2"), bucket, ROLE);
    expect([failure.code, failure.detail]).toEqual(["QV404", expect.stringContaining("us-west-2")]);
    expect(failure.fix).toContain("us-west-2");
  });

  test("is not printed if the header holds something else", () => {
    expect(JSON.stringify(probeFailure(answered(301, "IQoJb3JpZ2luX2VjEXAMPLETOKEN"), bucket, ROLE))).not.toContain(
      "IQoJ",
    );
    expect(probeFailure(answered(400, "nonsense"), bucket, ROLE).code).toBe("QV499");
  });
});

describe("a refused GetCallerIdentity", () => {
  const refused = (message: string) =>
    probeFailure(
      readError({
        name: "AccessDenied",
        message,
        $fault: "client",
        $metadata: { httpStatusCode: 403, requestId: "r" },
      }),
      "identity",
      ROLE,
    );

  test.each([
    "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sts:GetCallerIdentity because no VPC endpoint policy allows the sts:GetCallerIdentity action",
    "Access denied",
  ])("is caused by a VPC endpoint policy: %s", (message) => {
    const failure = refused(message);
    expect(failure.code).toBe("QV403");
    expect(`${failure.detail} ${failure.fix}`).toContain("sts:GetCallerIdentity");
    expect(`${failure.detail} ${failure.fix}`).not.toContain("s3:");
    expect(failure.fix).toContain("VPC endpoint");
  });
});
