import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Cluster, Project, Role } from "../../config/project";
import { clientConfig, LocalAws } from "../../local/aws";
import { createRoles } from "../../local/roles";
import { createApp } from "../../stacks/app";
import { exampleProject } from "../local/project";
import { TerraformRun } from "./terraform";

// A role's policies are the declared ones: Terraform shows and removes every other policy.

const example = exampleProject();
const [cluster] = example.clusters as readonly [Cluster];
const [template] = cluster.roles as readonly [Role];
const [declared] = template.managedPolicies as readonly [string];
const FOREIGN = ["AmazonS3FullAccess", "IAMFullAccess"].map((name) => `arn:aws:iam::aws:policy/${name}`);
const INLINE = {
  name: "foreign",
  document: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
} as const;
const created = { ...template, name: "created" };
const imported = { ...template, name: "imported", tags: {}, import: true, deletionProtection: true };
const project: Project = { ...example, clusters: [{ ...cluster, roles: [created, imported] }] };

let folder: string;
let aws: LocalAws;
let iam: IAMClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "exclusive-"));
  aws = await LocalAws.start({ project });
  iam = new IAMClient(clientConfig(aws.environment));
}, 60_000);
afterAll(async () => {
  iam.destroy();
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function policiesOf(role: Role): Promise<(string | undefined)[]> {
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role.name }));
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName: role.name }));
  return [...(attached.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn), ...(inline.PolicyNames ?? [])];
}

test("the first plan of an imported role shows the removal of its other policies, and a policy added by hand is removed", async () => {
  await createRoles(aws, [{ ...imported, managedPolicies: [declared, ...FOREIGN], inlinePolicies: [INLINE] }]);
  createApp(project, { outdir: folder }).synth();
  const terraform = await TerraformRun.init(
    join(folder, "stacks", "production-iam"),
    join(folder, "run"),
    aws.environment,
  );

  const removals = (await terraform.plan()).resource_changes.filter(({ change }) => change.importing);
  expect(removals.map(({ type, change }) => [type, change.actions, change.before, change.after])).toEqual([
    ["aws_iam_role", ["no-op"], expect.anything(), expect.anything()],
    [
      "aws_iam_role_policies_exclusive",
      ["update"],
      { policy_names: ["foreign"], role_name: "imported" },
      { policy_names: [], role_name: "imported" },
    ],
    [
      "aws_iam_role_policy_attachments_exclusive",
      ["update"],
      { policy_arns: [...FOREIGN, declared].sort(), role_name: "imported" },
      { policy_arns: [declared], role_name: "imported" },
    ],
  ]);
  await terraform.apply();
  expect(await policiesOf(imported)).toEqual([declared]);

  await iam.send(new AttachRolePolicyCommand({ RoleName: "created", PolicyArn: FOREIGN[0] }));
  const document = JSON.stringify(INLINE.document);
  await iam.send(new PutRolePolicyCommand({ RoleName: "created", PolicyName: INLINE.name, PolicyDocument: document }));
  const changed = (await terraform.plan()).resource_changes.filter(({ change }) => change.actions[0] !== "no-op");
  expect(changed.map(({ type }) => type)).toEqual([
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachments_exclusive",
  ]);
  await terraform.apply();
  expect(await policiesOf(created)).toEqual([declared]);
  expect(await terraform.tryRun("plan", "-detailed-exitcode", "-input=false")).toMatchObject({ exitCode: 0 });

  // A replacement would destroy the role.
  terraform.change(({ resource }) => {
    for (const role of Object.values<Record<string, unknown>>(resource.aws_iam_role)) role.path = "/elsewhere/";
  });
  expect((await terraform.tryRun("plan", "-input=false")).stderr).toMatch(/prevent_destroy[\s\S]*role-imported/);
}, 300_000);
