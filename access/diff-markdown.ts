import { ANY_SERVICE_ACCOUNT } from "../iam/trust-policy";
import type { AccessChange } from "./diff";
import { diffPicture } from "./diff-picture";
import { longestTicks } from "./markdown";
import { ALL_ACTIONS, type AwsAction } from "./permissions";
import { policyName } from "./render";

/** The marks that GitHub colours in a block of the language "diff". */
const MARK = { added: "+", removed: "-", widened: "!", narrowed: "-" } as const;

/** What opens access comes first: a comment that is cut still shows it. */
const KINDS = ["widened", "added", "narrowed", "removed"] as const;

/** The access levels of AWS, the most powerful first. */
const LEVELS = ["all access levels", "Permissions management", "Write", "Tagging", "List", "Read"];

/** The names of actions that a line lists. */
const SHOWN_ACTIONS = 8;

/** The longest line of a block that GitHub shows in a comment without scrolling. Characters. */
const COLUMNS = 100;

export interface DiffMarkdownOptions {
  /** The longest result, in characters. @default - no limit */
  readonly limit?: number;
  /** The command that prints the complete difference. @default "npm run check -- --against REVISION" */
  readonly complete?: string;
}

/** Returns the difference in access as Markdown: a summary, a warning about what is widened, every change, and a picture. */
export function renderDiffMarkdown(changes: readonly AccessChange[], options: DiffMarkdownOptions = {}): string {
  const { limit = Number.POSITIVE_INFINITY, complete = "npm run check -- --against REVISION" } = options;
  if (changes.length === 0) return "### Access: no change\n";
  const sorted = KINDS.flatMap((kind) => {
    const ofKind = changes.filter((change) => change.kind === kind);
    return [...ofKind.filter(opensRole), ...ofKind.filter((change) => !opensRole(change))];
  });
  const counts = KINDS.map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const);
  const summary = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const head = `### Access: ${summary.join(", ")}\n`;
  const widened = counts[0]?.[1] ?? 0;
  const open = changes.filter(opensRole).length;
  const warnings = [
    ...(widened === 0
      ? []
      : [
          `${widened} ${widened === 1 ? "change widens" : "changes widen"} the access of roles that exist. Look for the lines with \`!\`.`,
        ]),
    ...(open === 0
      ? []
      : [`${open} ${open === 1 ? "change opens a role" : "changes open roles"} to more than named principals.`]),
  ];
  const warning = warnings.length === 0 ? "" : `\n> [!WARNING]\n${warnings.map((line) => `> ${line}\n`).join("")}`;
  const lines = sorted.map((change) => wrapped(changeLine(change)));
  const fence = "`".repeat(Math.max(3, ...lines.map((line) => longestTicks(line) + 1)));
  const frame = head.length + warning.length + 2 * fence.length + 200;
  const shown = fitting(lines, limit - frame);
  const left = lines.length - shown.length;
  const note = left === 0 ? "" : `\n${left} more changes of access are left out. To see them, run: \`${complete}\`\n`;
  const text = `${head}${warning}\n${fence}diff\n${shown.join("\n")}\n${fence}\n${note}`;
  const picture = diffPicture(sorted);
  return text.length + picture.length + 1 <= limit ? `${text}\n${picture}` : text;
}

/** Whether a change gives access to a principal that is more than one named identity. */
function opensRole({ kind, open }: AccessChange): boolean {
  return (kind === "added" || kind === "widened") && open !== undefined;
}

/** Returns the difference in access for a terminal: a line for each change. */
export function renderDiffText(changes: readonly AccessChange[]): string {
  return changes.length === 0 ? "access: no change\n" : changes.map((change) => `${changeLine(change)}\n`).join("");
}

function fitting(lines: readonly string[], limit: number): string[] {
  let size = 0;
  const shown: string[] = [];
  for (const line of lines) {
    size += line.length + 1;
    if (size > limit) break;
    shown.push(line);
  }
  return shown;
}

/** Breaks a line at spaces, so that GitHub shows the end of the line without scrolling. Each part begins with the mark. */
function wrapped(line: string): string {
  const [mark = "", ...words] = line.split(" ");
  const parts: string[] = [];
  let part = mark;
  for (const word of words) {
    if (part.length + word.length >= COLUMNS && part.trim() !== mark) {
      parts.push(part);
      part = `${mark}    ${word}`;
    } else part += ` ${word}`;
  }
  return [...parts, part].join("\n");
}

function changeLine(change: AccessChange): string {
  const text = `${MARK[change.kind]} ${description(change)}`;
  // A line break in a policy would begin a line that looks like a change.
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function description(change: AccessChange): string {
  const { kind, element, role, cluster, what, before, policies = [], actions = [], scope } = change;
  const target = `${role} (${cluster})`;
  switch (element) {
    case "subject":
    case "principal": {
      const issuer = change.issuer === undefined ? "" : ` of ${change.issuer}`;
      const who = `${what}${issuer}${change.tokensOf === undefined ? "" : ` of cluster ${change.tokensOf}`}`;
      if (before !== undefined) return `${target}: ${kind} trust: ${before} → ${who}${opened(change)}`;
      const can = policies.map(policyName).join(", ") || "no policies";
      return `${who} → ${target} (${can})${element === "principal" && kind !== "removed" ? opened(change) : ""}`;
    }
    case "policy":
      return `${target}: ${kind === "widened" ? "attached" : "detached"} ${policyName(what)}`;
    case "limit":
      return `${target}: ${what}`;
    case "action": {
      const where = scope?.resource === "*" ? "all resources" : scope?.resource;
      const condition = scope?.condition ? ` if ${scope.condition}` : "";
      return `${target}: ${what}: ${actionSummary(actions)} on ${where}${condition}`;
    }
  }
}

/** Returns the principals and service accounts that a trust opens the role to. */
function opened({ kind, element, what, open, issuer }: AccessChange): string {
  if (element === "principal") return open === undefined ? "" : `; ${open}`;
  if (kind !== "widened" || issuer !== undefined) return "";
  if (what === ANY_SERVICE_ACCOUNT) return "; every pod of the cluster can assume the role";
  const [, , namespace, name] = what.split(":");
  const where = namespace === "*" ? "every namespace" : `every namespace that matches ${namespace}`;
  return `; service account ${name} of ${where} can assume the role`;
}

/** Returns such as `37 write, 2 permissions management: s3:PutBucketPolicy, …`. */
export function actionSummary(actions: readonly AwsAction[]): string {
  const rank = (level: string) => (LEVELS.indexOf(level) + LEVELS.length + 1) % (LEVELS.length + 1);
  const sorted = actions.toSorted(
    (a, b) => rank(a.accessLevel) - rank(b.accessLevel) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const counts = [...Map.groupBy(sorted, ({ accessLevel }) => accessLevel)].map(
    ([level, { length }]) => `${length} ${level.toLowerCase()}`,
  );
  const names = sorted.slice(0, SHOWN_ACTIONS).map(({ name }) => name);
  const rest = sorted.length - names.length;
  if (sorted.every(({ name }) => name.startsWith(ALL_ACTIONS))) return names.join(", ");
  return `${counts.join(", ")}: ${names.join(", ")}${rest > 0 ? `, … (${rest} more)` : ""}`;
}
