import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Project } from "../../config/project";
import { bootstrapPermissions } from "../../deployer/bootstrap-permissions";
import { policyDocuments } from "../../deployer/policy-documents";
import { clientConfig } from "../../local/aws";
import { runProgram } from "../../local/child-process";
import { terraformBinary } from "../../local/terraform-cli";
import { Deployment, succeeded } from "../commands/deployment";
import { fullTest } from "../test-if";
import { type Request, Requests } from "./aws-calls";
import { allows } from "./identity-policy";

// The stack `bootstrap` on the embedded AWS: deployed with a local state, changed, and moved into the bucket.

const BUCKET = "acme-state";

/** Permissions without a recorded call: the provider deletes a version of a policy if the policy has five. */
const UNRECORDED = ["iam:DeletePolicyVersion"];

const files = (team: string, state: string): Record<string, string> => ({
  "irsa.yaml": `state: { backend: s3, bucket: ${BUCKET}, region: eu-west-3, keyPrefix: irsa/ }
defaults: { tags: { ${team}: "1" } }
bootstrap: { github: { repository: acme/${team}, environment: ${team} }, state: ${state} }
`,
  "clusters/edge.yaml": `accountId: "123456789012"
oidc: { issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF", provider: create }
roles:
  ${team}: { scope: cluster, policies: [AmazonS3ReadOnlyAccess] }
`,
});

let deployment: Deployment;
let iam: IAMClient;
let s3: S3Client;
let project: Project;
const requests: Request[] = [];
let recording = false;
beforeAll(async () => {
  deployment = await Deployment.start(files("one", "local"), {
    onCall: (call) => {
      const request = recording ? new Requests(project).of(call) : undefined;
      if (request) requests.push(request);
    },
  });
  project = deployment.project;
  const config = clientConfig(deployment.aws.environment);
  iam = new IAMClient(config);
  s3 = new S3Client({ ...config, region: "eu-west-3", forcePathStyle: true });
  await s3.send(new DeleteBucketCommand({ Bucket: BUCKET }));
}, 60_000);
afterAll(async () => {
  iam.destroy();
  s3.destroy();
  await deployment.stop();
});

async function succeed(command: string, ...args: string[]): Promise<string> {
  recording = true;
  const ended = await deployment.run(command, args);
  recording = false;
  return succeeded(ended).stdout;
}

fullTest(
  "creates a private, versioned bucket and two roles, keeps both as declared, and moves its state into the bucket",
  async () => {
    await succeed("deploy", "bootstrap", "--auto-approve");
    const Bucket = BUCKET;
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    const { ServerSideEncryptionConfiguration: encryption } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
    const { PublicAccessBlockConfiguration: blocks } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(blocks ?? {})).toEqual([true, true, true, true]);
    const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    expect(OwnershipControls?.Rules?.[0]?.ObjectOwnership).toBe("BucketOwnerEnforced");
    const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(Policy).Statement).toEqual([
      expect.objectContaining({
        Effect: "Deny",
        Principal: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ]);
    const RoleName = "qovery-irsa-apply";
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    expect(trust).toContain("repo:acme/one:environment:one");

    // Somebody adds permissions to the apply role.
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    for (const role of ["qovery-irsa-plan", RoleName]) {
      await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: "more", PolicyDocument: Policy }));
      await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn }));
    }
    deployment.write(files("two", "local"));
    await succeed("deploy", "bootstrap", "--auto-approve");
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies.map(({ PolicyName }) => PolicyName)).toEqual(["qovery-irsa-apply-1"]);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual([]);

    // The embedded AWS has no TLS, so the policy of the bucket denies the next calls.
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    deployment.write(files("two", "shared"));
    const env = deployment.environment;
    const synth = [process.execPath, "--import", "tsx", "main.ts"];
    succeeded(await runProgram(synth, { cwd: join(__dirname, "../.."), env }));
    recording = true;
    const migrate = [terraformBinary(), "init", "-migrate-state", "-force-copy", "-input=false"];
    succeeded(await runProgram(migrate, { cwd: join(deployment.folder, "out/stacks/bootstrap"), env }));
    const plan = await succeed("plan", "--stack", "bootstrap");
    expect(plan).toContain("1 to add, 0 to change, 0 to destroy");
    expect(plan).toContain("aws_s3_bucket_policy");
  },
  300_000,
);

fullTest("the policies for the administrator allow every call, and nothing that no call needs", () => {
  const [bootstrap] = deployment.project.bootstraps;
  if (!bootstrap) throw new Error("the configuration has no bootstrap stack");
  const permissions = bootstrapPermissions(deployment.project, bootstrap);
  const policies = policyDocuments(permissions);
  expect(requests.filter((request) => !allows(policies, request))).toEqual([]);
  const unused = permissions.filter(
    (permission) =>
      !UNRECORDED.includes(permission.action) &&
      !requests.some((request) => allows(policyDocuments([permission]), request)),
  );
  expect(unused).toEqual([]);
});
