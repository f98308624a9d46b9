import { printable } from "../config/problems";
import { markdownCode, markdownTable } from "./markdown";
import type { AccessRow, Subject } from "./matrix";
import { conditionTerms } from "./principals";

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Returns the access matrix as text: a table with a line for each subject, a table of the other principals, and a table
 * of the issuers.
 */
export function renderMatrix(rows: readonly AccessRow[]): string {
  return tables(rows).map(asText).join("\n");
}

/** Returns the access matrix as Markdown, with the same tables as the text. */
export function renderMatrixAsMarkdown(rows: readonly AccessRow[]): string {
  return tables(rows).map(asMarkdown).join("\n");
}

function tables(rows: readonly AccessRow[]): Table[] {
  return [subjectTable(rows), principalTable(rows), issuerTable(rows)].filter((table) => table.rows.length > 0);
}

function subjectTable(rows: readonly AccessRow[]): Table {
  return {
    columns: ["cluster", "service account", "role", "policies"],
    rows: rows.flatMap(({ cluster, roleArn, subjects, createdElsewhere, policies, exclusivePolicies }) =>
      subjects.map((subject) => [
        cluster,
        `${serviceAccount(subject)}${createdElsewhere ? " (created elsewhere)" : ""}`,
        roleName(roleArn),
        policyList(policies, exclusivePolicies),
      ]),
    ),
  };
}

/** Returns the name of a role with its path. */
function roleName(arn: string): string {
  return arn.slice(arn.indexOf("/") + 1);
}

/** Returns a line for each principal that is not a service account. */
function principalTable(rows: readonly AccessRow[]): Table {
  return {
    columns: ["cluster", "other principal", "role", "actions", "conditions"],
    rows: rows.flatMap(({ cluster, roleArn, principals }) =>
      principals.map(({ type, name, actions, conditions, open }) => [
        cluster,
        `${type} ${name}`,
        roleName(roleArn),
        actions.join(", "),
        `${conditionTerms(conditions).join(" and ") || "none"}${open === undefined ? "" : ` (open: ${open})`}`,
      ]),
    ),
  };
}

function issuerTable(rows: readonly AccessRow[]): Table {
  const accounts = new Map(rows.map(({ cluster, issuer, providerArn }) => [cluster, [issuer, providerArn] as const]));
  return {
    columns: ["cluster", "account", "issuer"],
    rows: [...accounts].map(([cluster, [issuer, providerArn]]) => [cluster, providerArn.split(":")[4] ?? "", issuer]),
  };
}

/** Returns `<namespace>/<name>`; a pattern is marked. */
function serviceAccount({ subject, match }: Subject): string {
  const [, , namespace, name] = subject.split(":");
  return `${namespace}/${name}${match === "pattern" ? " (pattern)" : ""}`;
}

function policyList(policies: readonly string[], exclusive: boolean): string {
  const names = policies.length === 0 ? ["none"] : policies.map(policyName);
  return [...names, ...(exclusive ? [] : ["other policies may be attached"])].join(", ");
}

/** Returns the name of an AWS managed policy, and the whole ARN of any other. */
export function policyName(policy: string): string {
  return /^arn:[\w-]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(policy)?.[1] ?? policy;
}

function asText({ columns, rows }: Table): string {
  const lines = [columns.map((column) => column.toUpperCase()), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, index) => lines.reduce((width, line) => Math.max(width, line[index]?.length ?? 0), 0));
  const padded = lines.map((line) => line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  "));
  return padded.map((line) => `${line.trimEnd()}\n`).join("");
}

function asMarkdown({ columns, rows }: Table): string {
  const cells = rows.map((row) => row.map(markdownCode));
  return markdownTable(columns, cells);
}
