import type { Project } from "../config/project";
import { bootstrapPermissions } from "../deployer/bootstrap-permissions";
import { type Deployer, deployers } from "../deployer/deployers";
import type { Permission } from "../deployer/permissions";
import { policyDocuments } from "../deployer/policy-documents";
import { deployerWarnings } from "../deployer/warnings";
import { discoverPolicy, PERMISSIONS } from "../discover/permissions";
import type { PolicyDocument } from "../iam/policy-types";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";

/** The policies of one role, and why each action is needed. */
interface RolePolicies {
  readonly role: string;
  /** @default - any account */
  readonly accountId?: string;
  readonly trustPolicy?: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  /** The policies of the role or profile that reaches the states, if this is not the role itself. */
  readonly statePolicies: readonly PolicyDocument[];
  readonly reasons: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
}

export const policy = command({
  name: "policy",
  summary:
    "Prints the IAM policies that a role needs to plan or to apply exactly this configuration, an administrator to deploy the stack bootstrap, or `npm run discover` to read an account.",
  options: {
    output: { type: "string", short: "o", choices: ["text", "json"], default: "text", description: "output format" },
  },
  arguments: {
    value: "plan|apply|bootstrap|discover",
    description: "who gets the policies",
    choices: ["plan", "apply", "bootstrap", "discover"],
    min: 1,
    max: 1,
  },
  environment: { IRSA_CONFIG: "path of the configuration (default: irsa.yaml)" },
  examples: ["npm run policy -- apply", "npm run --silent policy -- plan -o json"],
  async run({ values, positionals: [role] }) {
    const all = role === "discover" ? [discoverPolicies()] : policiesOf(loadedProject(), role);
    process.stdout.write(values.output === "json" ? `${JSON.stringify(all, null, 2)}\n` : all.map(text).join("\n"));
    return 0;
  },
});

/** @param role plan, apply or bootstrap */
function policiesOf(project: Project, role: string | undefined): RolePolicies[] {
  if (role === "bootstrap") return administratorPolicies(project);
  return deployers(project, role === "plan" ? "plan" : "apply").map(rolePolicies);
}

function discoverPolicies(): RolePolicies {
  const reasons = Object.fromEntries(Object.entries(PERMISSIONS).map(([action, reason]) => [action, [reason]]));
  return { role: "discover", policies: [discoverPolicy()], statePolicies: [], reasons, warnings: [] };
}

function rolePolicies(deployer: Deployer): RolePolicies {
  const { role, accountId, trustPolicy, permissions, statePermissions } = deployer;
  const policies = policyDocuments(permissions);
  return {
    role,
    accountId,
    ...(trustPolicy ? { trustPolicy } : {}),
    policies,
    statePolicies: policyDocuments(statePermissions),
    reasons: reasonsOf([...permissions, ...statePermissions]),
    warnings: deployerWarnings(deployer, policies.length),
  };
}

/** @throws Error if the configuration has no stack `bootstrap` */
function administratorPolicies(project: Project): RolePolicies[] {
  const { bootstraps } = project;
  if (bootstraps.length === 0) {
    throw new Error("irsa.yaml has no key bootstrap; add bootstrap: { github: { repository: OWNER@ID/NAME@ID } }");
  }
  return bootstraps.map((bootstrap) => {
    const permissions = bootstrapPermissions(project, bootstrap);
    return {
      role: "bootstrap",
      accountId: bootstrap.accountId,
      policies: policyDocuments(permissions),
      statePolicies: [],
      reasons: reasonsOf(permissions),
      warnings: [
        "whoever has these permissions can give the apply role every permission: give them to an administrator, and not to a workflow",
      ],
    };
  });
}

function reasonsOf(permissions: readonly Permission[]): Record<string, string[]> {
  const reasons: Record<string, string[]> = {};
  for (const { action, reason } of permissions) reasons[action] = [...new Set([...(reasons[action] ?? []), reason])];
  return reasons;
}

function text({ role, accountId, trustPolicy, policies, statePolicies, reasons, warnings }: RolePolicies): string {
  const documents = [
    ...numbered("trust policy", trustPolicy ? [trustPolicy] : []),
    ...numbered("policy", policies),
    ...numbered("state policy", statePolicies),
  ];
  const width = Math.max(...Object.keys(reasons).map((action) => action.length));
  return [
    `== ${role}${accountId === undefined ? "" : `, account ${accountId}`}`,
    ...documents,
    "",
    "-- why each action is needed",
    ...Object.entries(reasons).map(([action, why]) => `${action.padEnd(width)}  ${why.join("; ")}`),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    "",
  ].join("\n");
}

function numbered(title: string, documents: readonly PolicyDocument[]): string[] {
  const number = (index: number) => (documents.length > 1 ? ` ${index + 1} of ${documents.length}` : "");
  return documents.flatMap((document, index) => ["", `-- ${title}${number(index)}`, JSON.stringify(document, null, 2)]);
}

if (require.main === module) main(policy);
