import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { DeleteBucketCommand, GetBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "../../local/aws";
import { Deployment, succeeded } from "../commands/deployment";
import { FULL, testIf } from "../test-if";

// The stacks `bootstrap` of two accounts on the embedded AWS.

const [MAIN, OTHER] = ["123456789012", "210987654321"];
const cluster = (account: string, digit: string, role: string) => `accountId: "${account}"
oidc: { issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/${digit.repeat(32)}", provider: create }
roles: { ${role}: { scope: cluster, policies: [AmazonS3ReadOnlyAccess] } }
`;
const files = {
  "irsa.yaml": `state: { backend: s3, bucket: acme-state, region: eu-west-3 }
bootstrap: { accountId: "${MAIN}", github: { repository: acme@1/platform@2 } }
`,
  "clusters/one.yaml": cluster(MAIN, "A", "api"),
  "clusters/two.yaml": cluster(OTHER, "B", "api"),
};

testIf(FULL, "needs FULL=1")(
  "creates the roles of each account with the credentials of the account only",
  async () => {
    const deployment = await Deployment.start(files);
    try {
      const { aws } = deployment;
      const s3 = new S3Client({ ...clientConfig(aws.environmentOf(MAIN)), region: "eu-west-3", forcePathStyle: true });
      await s3.send(new DeleteBucketCommand({ Bucket: "acme-state" }));
      const deploy = (stack: string, account: string) =>
        deployment.run("deploy", [stack, "--auto-approve"], aws.environmentOf(account));
      succeeded(await deploy("bootstrap", MAIN));
      const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket: "acme-state" }));
      expect(Policy).toContain(`arn:aws:iam::${OTHER}:role/qovery-irsa-apply`);
      s3.destroy();

      const wrong = await deploy(`bootstrap-${OTHER}`, MAIN);
      expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(MAIN) });
      succeeded(await deploy(`bootstrap-${OTHER}`, OTHER));
      const iam = new IAMClient(clientConfig(aws.environmentOf(OTHER)));
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: "qovery-irsa-plan" }));
      expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain("repo:acme@1/platform@2:pull_request");
      iam.destroy();
    } finally {
      await deployment.stop();
    }
  },
  300_000,
);
