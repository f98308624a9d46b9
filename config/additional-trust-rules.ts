import { oidcProviderArn, parseRoleArn } from "../iam/arn";
import type { Statement } from "../iam/policy-types";
import { opening } from "../iam/trust-openness";
import {
  areAssuming,
  type NamedPrincipal,
  namedPrincipals,
  PRINCIPAL_TYPES,
  type TrustStatement,
  trustStatement,
  trustStatementProblems,
} from "../iam/trust-statement";
import { type ClusterDraft, items, type RoleDraft } from "./draft";
import { IAM_DATA } from "./iam-data";
import { checkOnce } from "./list-rules";
import { numberProblems, policyFindings } from "./policy-document";
import { error, type Finding, type Path, warning } from "./problems";
import type { Source } from "./source";

type Entries = RoleDraft["additionalTrust"];

/** Returns the further statements of a role's trust policy. */
export function additionalStatements(entries: Entries): Statement[] {
  return statements(entries).map(([, statement]) => trustStatement(statement));
}

/** Returns the entries that have the right shape, with their indexes. */
function statements(entries: Entries): [number, TrustStatement][] {
  return items(entries).flatMap(([index, entry]): [number, TrustStatement][] => {
    const { principals, actions, conditions } = entry;
    const lists = [actions, ...Object.values(principals ?? {})];
    const whole =
      principals !== undefined &&
      lists.every((list) => list !== undefined && !list.includes(undefined)) &&
      (conditions !== undefined || !("conditions" in entry)) &&
      !Object.values(conditions ?? {}).includes(undefined);
    // The rules for conditions check their form.
    return whole ? [[index, { principals, actions, conditions } as TrustStatement]] : [];
  });
}

/** Checks the further statements of a role's trust policy. */
export function additionalTrustProblems(
  cluster: ClusterDraft,
  source: Source,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): Finding[] {
  const entries = statements(role.additionalTrust);
  return entries.flatMap(([index, statement]) => {
    const others = entries.filter(([other]) => other !== index).map(([, other]) => other);
    const path = ["roles", name, "additionalTrust", index];
    const written = (inner: Path) => source.text([...path, ...inner]);
    const owner = { partition: cluster.partition, accountId: cluster.data.accountId };
    const findings = [
      ...listProblems(statement),
      ...policyFindings(trustStatementProblems(statement, owner, IAM_DATA, others)),
      ...numberProblems(statement.conditions, written, ["conditions"]),
      ...namedPrincipals(statement.principals).flatMap(
        (principal) => declaredProblem(principal, name, role, cluster, all) ?? [],
      ),
    ];
    const open = findings.some(({ severity }) => severity === "error") ? [] : openings(statement);
    return [...findings, ...open].map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
  });
}

function listProblems(statement: TrustStatement): Finding[] {
  const lists = [
    ...PRINCIPAL_TYPES.map((type) => [["principals", type], statement.principals[type]] as const),
    [["actions"], statement.actions] as const,
  ];
  const findings = lists.flatMap(([path, list]) => {
    if (list?.length === 0) return [error(path, "is an empty list", "add an entry, or remove the statement", "key")];
    return checkOnce(path, (list ?? []).entries(), () => []);
  });
  if (Object.keys(statement.principals).length > 0) return findings;
  return [...findings, error(["principals"], "is empty", `add ${PRINCIPAL_TYPES.join(", ")} or remove the statement`)];
}

/** Checks a principal that this configuration declares. */
function declaredProblem(
  { type, name: principal, path: at }: NamedPrincipal,
  name: string,
  role: RoleDraft,
  { name: own, partition, data: { accountId } }: ClusterDraft,
  all: readonly ClusterDraft[],
): Finding | undefined {
  if (partition === undefined || accountId === undefined) return undefined;
  if (type === "Federated") {
    const found = all.filter(({ data }) => {
      const issuer = data.oidc?.issuer;
      return issuer !== undefined && oidcProviderArn(partition, accountId, issuer) === principal;
    });
    const cluster = found.find((candidate) => candidate.name === own) ?? found[0];
    if (!cluster) return undefined;
    const fix =
      cluster.name === own
        ? "remove the principal: scope, namespace and serviceAccount determine the trust in the cluster"
        : `remove the principal, and use trustedClusters for the service accounts of cluster ${cluster.name}`;
    return error(at, `is the OIDC provider of cluster ${cluster.name}`, fix);
  }
  const arn = type === "AWS" ? parseRoleArn(principal) : undefined;
  const declares = ({ data }: ClusterDraft) =>
    data.accountId === arn?.accountId && arn !== undefined && Object.hasOwn(data.roles ?? {}, arn.name);
  if (!arn || !all.some(declares)) return undefined;
  // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html#troubleshoot_roles_cant-assume-role
  const fix = `use arn:${partition}:iam::${arn.accountId}:root with conditions: { ArnEquals: { aws:PrincipalArn: ${principal} } }`;
  if (arn.accountId === accountId && arn.name === name && role.import !== true) {
    return error(at, "is the role itself, which does not exist when IAM creates the role", fix);
  }
  const message = `${arn.name} is a role of this configuration: IAM refuses the principal as long as the role does not exist`;
  return warning(at, message, fix);
}

function openings({ principals, actions, conditions }: TrustStatement): Finding[] {
  if (!areAssuming(actions)) return [];
  return namedPrincipals(principals).flatMap(({ type, name, path }) => {
    const found = opening(type, name, conditions);
    return found ? [warning(path, found.problem, found.fix)] : [];
  });
}
