import { markdownCode, markdownTable } from "../access/markdown";
import { printable } from "../config/problems";
import { counted } from "../config/quote";
import { type FoundAccount, providerOf } from "./account";
import type { Discovery } from "./discovery";
import type { AuditFinding, Severity } from "./findings";
import type { PlannedRole } from "./first-plan";
import { type Admitted, subjectText } from "./trust";

/** Returns the report for a terminal. */
export function renderDiscovery({ account, roles, findings, serviceAccounts, gaps }: Discovery): string {
  const { cluster } = account;
  const users = serviceAccounts?.filter(({ roleArn }) => roleArn !== undefined);
  const lines = [
    `cluster           ${cluster.name}, account ${cluster.accountId}, ${cluster.region}`,
    `issuer            ${cluster.issuer}`,
    `OIDC provider     ${providerText(account)}`,
    `service accounts  ${users ? `${users.length} with a role` : "not read"}`,
    ...gaps.map((gap) => `warning: ${gap}`),
    "",
    `${counted(roles.length, "role")} of the account ${roles.length === 1 ? "trusts" : "trust"} the cluster`,
    ...roles.flatMap(roleLines),
    "",
    ...findings.flatMap(findingLines),
    totals(roles, findings),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function providerText({ provider }: FoundAccount): string {
  if (typeof provider === "string") return provider === "missing" ? "does not exist" : "not read";
  return `accepts ${provider.clientIds.join(", ") || "no audience"}`;
}

function roleLines({ found, trust, reason, plan, notes = [] }: PlannedRole): string[] {
  const who = trust.admitted ? ` (${admittedText(trust.admitted)})` : "";
  if (reason !== undefined) return [`  × ${found.name}: not adopted: ${reason}`];
  const { lines = [], access } = plan ?? {};
  const title =
    lines.length === 0
      ? `  √ ${found.name}${who}: the first plan shows no change`
      : `  ~ ${found.name}${who}: ${access ?? "the first deployment changes the role"}`;
  return [title, ...[...lines, ...notes].map((line) => `      ${line}`)];
}

function admittedText(admitted: Admitted): string {
  if (admitted.scope === "any-service-account") return "every service account";
  if (admitted.scope === "cluster")
    return admitted.serviceAccounts.map((name) => `${admitted.namespacePattern}/${name}`).join(", ");
  return admitted.subjects.map(subjectText).join(", ");
}

function findingLines({ severity, name, about, reason, fix }: AuditFinding): string[] {
  return [`${severity} ${name}: ${about}`, `  ${reason}`, `  fix: ${fix}`, ""];
}

function totals(roles: readonly PlannedRole[], findings: readonly AuditFinding[]): string {
  const adopted = roles.filter(({ entry }) => entry !== undefined);
  const unchanged = adopted.filter(({ plan }) => plan?.lines.length === 0).length;
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  const counts = (["error", "warning", "note"] as const).map((severity) => counted(count(severity), severity));
  return `${adopted.length} of ${counted(roles.length, "role")} can be adopted, ${unchanged} of them without a change; ${counts.join(", ")}`;
}

/** Returns the report as Markdown. */
export function renderDiscoveryAsMarkdown({ account, roles, findings, gaps }: Discovery): string {
  const { cluster } = account;
  const roleRows = roles.map(({ found, trust, reason, plan }) => [
    markdownCode(found.name),
    trust.admitted ? markdownCode(admittedText(trust.admitted)) : "",
    reason === undefined ? "yes" : `no: ${markdownCode(reason)}`,
    plan && plan.lines.length > 0 ? plan.lines.map(markdownCode).join("<br>") : reason === undefined ? "no change" : "",
  ]);
  const findingRows = findings.map(({ severity, name, about, reason, fix }) => [
    severity,
    markdownCode(name),
    markdownCode(about),
    markdownCode(reason),
    markdownCode(fix),
  ]);
  return [
    `### Cluster ${markdownCode(cluster.name)}, account ${cluster.accountId}\n`,
    ...(gaps.length > 0 ? [gaps.map((gap) => `- ${markdownCode(gap)}\n`).join("")] : []),
    markdownTable(["role", "service accounts", "adopted", "first plan"], roleRows),
    findings.length === 0
      ? "The audit found nothing.\n"
      : markdownTable(["", "finding", "about", "reason", "fix"], findingRows),
  ].join("\n");
}

/** Returns the report as JSON. */
export function renderDiscoveryAsJson({ account, roles, findings, serviceAccounts, gaps }: Discovery): string {
  const { cluster, provider } = account;
  const clientIds = typeof provider === "string" ? null : provider.clientIds;
  const exists = provider === "unknown" ? null : provider !== "missing";
  const result = {
    cluster,
    provider: { ...providerOf(cluster), exists, clientIds },
    roles: roles.map(({ found, trust, reason, plan, notes }) => ({
      name: found.name,
      arn: found.arn,
      adopted: reason === undefined,
      reason: reason ?? null,
      subjects: trust.written,
      firstPlan: plan?.lines ?? [],
      access: plan?.access ?? null,
      notes: notes ?? [],
    })),
    findings,
    serviceAccounts: serviceAccounts ?? null,
    gaps,
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}
