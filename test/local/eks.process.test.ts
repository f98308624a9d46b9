import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import execa from "execa";
import { LocalAws } from "../../local/aws";
import { exampleProject } from "./project";

const PYTHON = join(__dirname, "../../.local/python/bin/python3");
const SCRIPT = `
import boto3
eks = boto3.client("eks")
network = {"subnetIds": ["subnet-1", "subnet-2"]}
eks.create_cluster(name="c", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig=network)
print(eks.describe_cluster(name="c")["cluster"]["certificateAuthority"]["data"])
`;

test("DescribeCluster returns a CA certificate that a client can read", async () => {
  const aws = await LocalAws.start({ project: exampleProject() });
  try {
    const { stdout } = await execa(PYTHON, ["-c", SCRIPT], { env: { ...aws.environment }, extendEnv: false });
    expect(new X509Certificate(Buffer.from(stdout, "base64")).ca).toBe(true);
  } finally {
    await aws.stop();
  }
}, 60_000);
