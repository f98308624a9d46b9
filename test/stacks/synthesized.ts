import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../config/load";
import type { Cluster, Project, Release } from "../../config/project";
import { createApp } from "../../stacks/app";

/** A stack's cdk.tf.json, without cdktf's metadata. */
// biome-ignore lint/suspicious/noExplicitAny: the tests read Terraform's JSON at any depth.
export type Stack = Record<string, any>;

const FOLDER = join(__dirname, "../examples");

/** The folders in test/examples by name, except the one with mistakes, and the documented roles for add-ons. */
const FOLDERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(readdirSync(FOLDER).map((name) => [name, join(FOLDER, name)])),
  "add-ons": join(__dirname, "../../docs/examples"),
};

export const EXAMPLES = Object.keys(FOLDERS).filter((name) => name !== "mistakes");

export function loadExample(name: string): Project {
  const { project, problems } = loadProject(join(FOLDERS[name] ?? "", "irsa.yaml"));
  if (!project) throw new Error(JSON.stringify(problems));
  return project;
}

/** Returns a cluster in which Helm releases with these settings create all service accounts. */
export function withReleases(cluster: Cluster, { takeOwnership = false, annotations = {} }: Partial<Release>): Cluster {
  const serviceAccounts = cluster.serviceAccounts.map((account) => ({
    ...account,
    release: { name: account.name, takeOwnership, annotations },
  }));
  return { ...cluster, serviceAccounts };
}

/** Synthesizes a project as `main.ts` does, including validations: stack name → JSON. */
export function synthesize(project: Project): Record<string, Stack> {
  const outdir = mkdtempSync(join(tmpdir(), "synth-"));
  try {
    createApp(project, { outdir }).synth();
    const names = readdirSync(join(outdir, "stacks"));
    return Object.fromEntries(
      names.map((name) => [
        name,
        withoutMetadata(JSON.parse(readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8"))),
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function withoutMetadata(value: unknown): Stack {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === "object" ? withoutMetadata(item) : item)) as never;
  const entries = Object.entries(value as object).filter(([key]) => key !== "//");
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, typeof inner === "object" && inner !== null ? withoutMetadata(inner) : inner]),
  );
}

/** Returns a string as Terraform reads it from JSON, with escaped expressions resolved. */
export function asTerraformReads(text: string): string {
  // Terraform would evaluate an expression that is not escaped.
  expect(text.replace(/\$\$\{|%%\{/g, "")).not.toMatch(/[$%]\{/);
  return text.replaceAll("$${", "${").replaceAll("%%{", "%{");
}

/** Expressions that the stacks intend. */
const OWN_EXPRESSIONS = [
  /^\$\{aws_iam_role(_policy)?\.[\w-]+\.name\}$/,
  /^\$\{aws_iam_role_policy_attachment\.[\w-]+\.policy_arn\}$/,
  /^\$\{contains\(self\.client_id_list, "sts\.amazonaws\.com"\)\}$/,
  /^\$\{data\.aws_eks_cluster\.cluster\.endpoint\}$/,
  /^\$\{base64decode\(data\.aws_eks_cluster\.cluster\.certificate_authority\[0\]\.data\)\}$/,
  /^\$\{ephemeral\.aws_eks_cluster_auth\.cluster\.token\}$/,
];

/** Returns a stack's texts, including keys, that Terraform would evaluate although no stack intends it. */
export function liveExpressions(value: unknown): string[] {
  if (typeof value === "string") {
    const live = /[$%]\{/.test(value.replace(/\$\$\{|%%\{/g, ""));
    return live && !OWN_EXPRESSIONS.some((own) => own.test(value)) ? [value] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  // Terraform reads "//" as a comment.
  const entries = Object.entries(value).filter(([key]) => key !== "//");
  return entries.flatMap(([key, inner]) => [...liveExpressions(key), ...liveExpressions(inner)]);
}

/** Returns the resources of a type by the value of an argument. */
export function by(resources: Record<string, Stack> | undefined, argument: string): Record<string, Stack> {
  return Object.fromEntries(Object.values(resources ?? {}).map((resource) => [resource[argument], resource]));
}
