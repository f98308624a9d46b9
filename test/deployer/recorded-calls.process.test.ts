import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { Project } from "../../config/project";
import { deployers } from "../../deployer/deployers";
import type { DeployerRole } from "../../deployer/iam-permissions";
import type { Permission } from "../../deployer/permissions";
import { policyDocuments } from "../../deployer/policy-documents";
import { withIam } from "../../local/administrator";
import { runProgram } from "../../local/child-process";
import { createRoles } from "../../local/roles";
import { terraformBinary } from "../../local/terraform-cli";
import { Deployment, succeeded } from "../commands/deployment";
import { fullTest } from "../test-if";
import { type Request, Requests } from "./aws-calls";
import { allows } from "./identity-policy";

// The policies of the plan role and the apply role against the calls that Terraform, the AWS provider and the S3 backend
// make in a plan, a first apply, a change of everything that can change, a second plan and a destroy.

/** Permissions without a recorded call. */
const UNRECORDED = [
  // S3 calls KMS within AWS.
  "kms:Decrypt",
  "kms:GenerateDataKey",
  // The provider calls these for changed audiences, and moto does not have them. Source:
  // https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/iam/openid_connect_provider.go
  "iam:AddClientIDToOpenIDConnectProvider",
  "iam:RemoveClientIDFromOpenIDConnectProvider",
];

const ACCOUNT = "123456789012";
const KEY = `arn:aws:kms:eu-west-3:${ACCOUNT}:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f`;
const issuer = (digit: string) => `https://oidc.eks.eu-west-3.amazonaws.com/id/${digit.repeat(32)}`;
const inline = (name: string) =>
  `{ ${name}: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme/*" }] } }`;

interface Variant {
  readonly team: string;
  readonly policy: string;
  readonly account: string;
  readonly boundary: string;
  readonly seconds: number;
}

/** A cluster with an OIDC provider that exists. */
const qovery = (changing: string) => `accountId: "${ACCOUNT}"
oidc: { issuer: "${issuer("B")}" }
roles:
  other: { scope: cluster, ${changing} }
`;

/** A configuration in which every value that can change comes from a variant. */
function files({ team, policy, account, boundary, seconds }: Variant): Record<string, string> {
  const changing = `serviceAccount: ${account}, policies: [${policy}], description: for ${team}, maxSessionDuration: ${seconds}`;
  const bounded = `path: "/*/", permissionsBoundary: "arn:aws:iam::${ACCOUNT}:policy/${boundary}"`;
  return {
    "irsa.yaml": `state: { backend: s3, bucket: acme-state, region: eu-west-3, keyPrefix: irsa/, kmsKeyArn: "${KEY}" }
defaults: { tags: { ${team}: "1" } }
`,
    "clusters/main.yaml": `accountId: "${ACCOUNT}"
oidc: { issuer: "${issuer("A")}", provider: create, deletionProtection: false }
kubernetes: { access: eks, clusterName: main }
roles:
  bounded: { scope: cluster, ${bounded}, inlinePolicies: ${inline(team)}, ${changing} }
  plain: { scope: cluster, ${changing} }
  adopted: { namespace: z1-app, import: true, deletionProtection: false, inlinePolicies: ${inline(team)}, ${changing} }
`,
    "clusters/qovery.yaml": qovery(changing),
  };
}

const FIRST = { team: "one", policy: "AmazonS3ReadOnlyAccess", account: "app", boundary: "limits", seconds: 7200 };
const SECOND = { team: "two", policy: "AmazonSQSFullAccess", account: "api", boundary: "more", seconds: 3600 };

let deployment: Deployment;
const projects: Project[] = [];
/** The requests of plans and of applies, with the index of the configuration at that time. */
const requests: Record<DeployerRole, { readonly request: Request; readonly at: number }[]> = { plan: [], apply: [] };
let recorded: DeployerRole | undefined;

beforeAll(async () => {
  let arns: Requests | undefined;
  deployment = await Deployment.start(files(FIRST), {
    onCall: (call) => {
      const request = recorded && arns?.of(call);
      if (recorded && request) requests[recorded].push({ request, at: projects.length - 1 });
    },
  });
  projects.push(deployment.project);
  arns = new Requests(deployment.project);
  await work();
}, 300_000);
afterAll(() => deployment.stop());

async function work(): Promise<void> {
  const adopted = projects[0]?.clusters[0]?.roles.find((role) => role.import);
  if (!adopted) throw new Error("the configuration has no role to adopt");
  await createRoles(deployment.aws, [{ ...adopted, managedPolicies: [], inlinePolicies: [] }]);
  await createCluster();
  await plan();
  await apply("deploy");
  await serviceAccounts();
  await addInlinePolicies();
  deployment.write(files(SECOND));
  projects.push(deployment.project);
  await plan();
  await apply("deploy");
  await apply("destroy");
}

/** Adds a policy by hand to each role without an inline policy. */
async function addInlinePolicies(): Promise<void> {
  const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::acme/*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  const roles = projects[0]?.clusters.flatMap((cluster) => cluster.roles) ?? [];
  await withIam(deployment.aws, async (iam) => {
    for (const { name } of roles.filter(({ inlinePolicies }) => inlinePolicies.length === 0)) {
      await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "by-hand", PolicyDocument }));
    }
  });
}

const plan = () => recording("plan", () => succeed("plan", "--stack", "*-iam"));
const apply = (command: "deploy" | "destroy") => recording("apply", () => succeed(command, "*-iam", "--auto-approve"));

/** Plans and applies the stack of the service accounts. */
async function serviceAccounts(): Promise<void> {
  await recording("plan", async () => {
    await terraform("init", "-input=false");
    await terraform("plan", "-input=false", "-lock=false");
  });
  await recording("apply", () => terraform("apply", "-input=false", "-auto-approve"));
}

async function recording(role: DeployerRole, use: () => Promise<void>): Promise<void> {
  recorded = role;
  await use();
  recorded = undefined;
}

async function succeed(command: string, ...args: string[]): Promise<void> {
  succeeded(await deployment.run(command, args));
}

/** Runs Terraform on the stack of the service accounts without its Helm releases. */
async function terraform(...args: string[]): Promise<void> {
  const cwd = join(deployment.folder, "out/stacks/main-service-accounts");
  const file = join(cwd, "cdk.tf.json");
  const { resource: _, provider, terraform, ...stack } = JSON.parse(readFileSync(file, "utf8"));
  const { helm: __, ...required_providers } = terraform.required_providers;
  const { helm: ___, ...providers } = provider;
  const without = { ...stack, provider: providers, terraform: { ...terraform, required_providers } };
  writeFileSync(file, JSON.stringify(without));
  succeeded(await runProgram([terraformBinary(), ...args], { cwd, env: deployment.environment }));
}

async function createCluster(): Promise<void> {
  const script = `import boto3
boto3.client("eks").create_cluster(name="main", roleArn="arn:aws:iam::${ACCOUNT}:role/eks", resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})`;
  const python = join(__dirname, "../../.local/python/bin/python3");
  succeeded(await runProgram([python, "-c", script], { env: { ...deployment.aws.environment } }));
}

const permissionsOf = (project: Project | undefined, role: DeployerRole): readonly Permission[] =>
  project ? deployers(project, role).flatMap(({ permissions }) => permissions) : [];

const text = ({ action, resource, context }: Request) => `${action} ${resource} ${JSON.stringify(context)}`;

const allowsExactly = (role: DeployerRole) => () => {
  const all = requests[role];
  expect(all.length).toBeGreaterThan(20);
  const policies = projects.map((project) => policyDocuments(permissionsOf(project, role)));
  const denied = all.filter(({ request, at }) => !allows(policies[at] ?? [], request));
  expect(denied.map(({ request }) => text(request))).toEqual([]);

  for (const [at, project] of projects.entries()) {
    const unused = permissionsOf(project, role).filter((permission) => {
      const alone = policyDocuments([{ ...permission, condition: {} }]);
      return !UNRECORDED.includes(permission.action) && !all.some(({ request }) => allows(alone, request));
    });
    expect(unused).toEqual([]);
    // Every policy and every boundary in a condition is one that Terraform used with this configuration.
    const values = permissionsOf(project, role).flatMap(({ action, condition }) =>
      UNRECORDED.includes(action) ? [] : Object.values(condition ?? {}).flatMap((keys) => Object.values(keys).flat()),
    );
    const used = all.filter((entry) => entry.at === at).flatMap(({ request }) => Object.values(request.context));
    expect(values.filter((value) => !used.includes(value))).toEqual([]);
  }
};

for (const role of ["plan", "apply"] as const) {
  fullTest(`the ${role} policy allows every call, and nothing that no call needs`, allowsExactly(role));
}

fullTest("the plan policy changes nothing", () => {
  const actions = new Set(projects.flatMap((project) => permissionsOf(project, "plan").map(({ action }) => action)));
  expect([...actions].filter((action) => !/:(?:Get|List|Describe)/.test(action))).toEqual(["kms:Decrypt"]);
});
