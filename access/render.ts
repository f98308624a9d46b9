import type { AccessRow } from "./matrix";

/** The access matrix for a person: a paragraph a role. */
export function renderMatrix(rows: readonly AccessRow[]): string {
  return rows.map(renderRow).join("\n");
}

function renderRow({ cluster, role, roleArn, subjects, policies }: AccessRow): string {
  const lines = subjects.map(
    ({ subject, match }) => `  assumed by ${subject}${match === "pattern" ? "   (pattern)" : ""}`,
  );
  const allowed = policies.length === 0 ? "nothing: it has no policies" : policies.map(policyName).join(", ");
  return [`${cluster}  ${role}`, `  ${roleArn}`, ...lines, `  allows ${allowed}`, ""].join("\n");
}

/** An AWS managed policy is known by its name; one's own is told by its whole ARN. */
function policyName(policy: string): string {
  return /^arn:[\w-]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(policy)?.[1] ?? policy;
}
