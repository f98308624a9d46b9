import type { AccessRow } from "./matrix";

/** Returns the access matrix as text: a paragraph for each role. */
export function renderMatrix(rows: readonly AccessRow[]): string {
  return rows.map(renderRow).join("\n");
}

function renderRow({ cluster, role, roleArn, subjects, policies }: AccessRow): string {
  const lines = subjects.map(
    ({ subject, match }) => `  assumed by ${subject}${match === "pattern" ? "   (pattern)" : ""}`,
  );
  const allowed = policies.length === 0 ? "nothing: the role has no policies" : policies.map(policyName).join(", ");
  return [`${cluster}  ${role}`, `  ${roleArn}`, ...lines, `  allows ${allowed}`, ""].join("\n");
}

/** Returns the name of an AWS managed policy, and the whole ARN of any other. */
function policyName(policy: string): string {
  return /^arn:[\w-]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(policy)?.[1] ?? policy;
}
