import { policyArn } from "./cluster-identity";
import { type ClusterDraft, type IrsaDraft, items, type RoleDraft } from "./draft";
import { checkOnce } from "./list-rules";
import { error, type Finding, type Path, warning } from "./problems";
import { quote } from "./quote";

/** The keys that concern a role that existed before, and what to do about them on another role. */
const IMPORT_KEYS = {
  deletionProtection: "remove the key: it protects only a role that existed before",
  importPolicies: "remove the key: the deployment attaches every declared policy",
  importInlinePolicies: "remove the key: the deployment creates every declared policy",
} as const;

/** Checks the keys that adopt a role. */
export function importProblems(
  cluster: ClusterDraft,
  irsa: IrsaDraft,
  path: Path,
  name: string,
  role: RoleDraft,
): Finding[] {
  if (role.import !== true) {
    if ("import" in role && role.import === undefined) return [];
    return (Object.keys(IMPORT_KEYS) as (keyof typeof IMPORT_KEYS)[])
      .filter((key) => role[key] !== undefined)
      .map((key) => error([...path, key], "is only valid with import: true", IMPORT_KEYS[key], "key"));
  }
  const policies = importedPolicyProblems(cluster, irsa, path, role);
  if ("path" in role) return policies;
  const message = `a role with another path than "${cluster.data.path ?? "/"}" is destroyed and created again`;
  const fix = `set path to the path of the role: aws iam get-role --role-name ${name} --query Role.Path`;
  return [...policies, warning([...path, "import"], message, fix, "key")];
}

function importedPolicyProblems(
  { partition = "aws" }: ClusterDraft,
  { policySets = {} }: IrsaDraft,
  path: Path,
  role: RoleDraft,
): Finding[] {
  const lists = [role, ...items(role.policySets).map(([, set]) => policySets[set] ?? {})];
  const arn = (policy: string) => policyArn(partition, policy);
  const managed = new Set(lists.flatMap((list) => items(list.policies).map(([, policy]) => arn(policy))));
  const inline = new Set(lists.flatMap((list) => Object.keys(list.inlinePolicies ?? {})));
  const names = items(role.importInlinePolicies);
  return [
    ...listed([...path, "importPolicies"], items(role.importPolicies), managed, arn, "policies"),
    ...listed([...path, "importInlinePolicies"], names, inline, (policy) => policy, "inlinePolicies"),
  ];
}

/** An import needs a declared policy: Terraform imports into a resource. */
function listed(
  path: Path,
  policies: readonly [number, string][],
  declared: ReadonlySet<string>,
  identity: (policy: string) => string,
  key: string,
): Finding[] {
  const check = (at: Path, policy: string) => {
    if (declared.has(identity(policy))) return [];
    const fix = `remove the entry, or add the policy to ${key}`;
    return [error(at, `${quote(policy)} is not a declared policy of the role`, fix)];
  };
  return checkOnce(path, policies, check, identity);
}
