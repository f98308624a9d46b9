import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig, type LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { runPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { type AwsError, readError } from "../../verifier/aws/aws-error";
import { probeFailure } from "../../verifier/checks/probe";
import { parseOptions, UsageError } from "../../verifier/options";
import { ROLE } from "./pod";

// Buckets by name: in the packaged verifier against the embedded AWS, and what AWS alone would answer.

let aws: LocalAws;
beforeAll(async () => {
  aws = await startSampleAws();
  const s3 = new S3Client({ ...clientConfig(aws.environment), forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-3" as const };
  for (const Bucket of ["plain-bucket", "dotted.bucket"]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  s3.destroy();
}, 60_000);
afterAll(() => aws.stop());

const probed = async (bucket: string, endpoint = aws.endpoint) => {
  const pod = { ...samplePod(aws), endpoint };
  const { stdout, stderr, exitCode } = await runPod(pod, [
    ...verifierCommand(),
    "--probe",
    `s3:bucket:${bucket}`,
    "-o",
    "json",
  ]);
  expect(stderr).toBe("");
  const { checks } = JSON.parse(stdout);
  return [exitCode, checks.find(({ result }: { result: string }) => result === "fail")?.code];
};

describe("an endpoint of one's own names a bucket in the path, as the AWS CLI does", () => {
  test.each(["plain-bucket", "dotted.bucket"])("%s, by address and by host name", async (bucket) => {
    expect(await probed(bucket)).toEqual([0, undefined]);
    expect(await probed(bucket, aws.endpoint.replace("127.0.0.1", "localhost"))).toEqual([0, undefined]);
  });

  test.each(["no-such-bucket", "no-such.bucket"])("%s is not there", async (bucket) => {
    expect(await probed(bucket)).toEqual([1, "QV404"]);
  });
});

test.each(["a..b", "192.168.0.1", "xn--bucket", "sthree-x", "b--x-s3", "b-s3alias", "b--ol-s3", "b.mrap"])(
  "%s is no general purpose bucket's name",
  (bucket) => {
    expect(() => parseOptions(["--probe", `s3:bucket:${bucket}`], {})).toThrow(UsageError);
  },
);

describe("where a bucket is", () => {
  const answered = (status: number, region: string): AwsError => ({
    ...readError({ $metadata: { httpStatusCode: status, requestId: "r" } }),
    headers: { "x-amz-bucket-region": region },
  });
  const bucket = { name: "s3:bucket", bucket: "acme" } as const;

  test.each([301, 307, 400])("HTTP %i with its region tells it", (status) => {
    const failure = probeFailure(answered(status, "us-west-2"), bucket, ROLE);
    expect([failure.code, failure.detail]).toEqual(["QV404", expect.stringContaining("the bucket is in us-west-2")]);
    expect(failure.fix).toContain("set AWS_REGION=us-west-2");
  });

  test("a header that holds something else is not repeated", () => {
    expect(JSON.stringify(probeFailure(answered(301, "IQoJb3JpZ2luX2VjEXAMPLETOKEN"), bucket, ROLE))).not.toContain(
      "IQoJ",
    );
    expect(probeFailure(answered(400, "nonsense"), bucket, ROLE).code).toBe("QV499");
  });
});

describe("GetCallerIdentity that is refused", () => {
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
  ])("is a VPC endpoint's doing: %s", (message) => {
    const failure = refused(message);
    expect(failure.code).toBe("QV403");
    expect(`${failure.detail} ${failure.fix}`).toContain("sts:GetCallerIdentity");
    expect(`${failure.detail} ${failure.fix}`).not.toContain("s3:");
    expect(failure.fix).toContain("VPC endpoint");
  });
});
