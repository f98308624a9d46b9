import type { AccessChange } from "../../access/diff";
import { renderDiffMarkdown } from "../../access/diff-markdown";
import type { StackPlan } from "./stack-plans";

/** Characters of a comment. Source: the message of GitHub's API, "body is too long (maximum is 65536 characters)". */
export const COMMENT_LIMIT = 65_536;

/** The line that identifies the comment that a workflow updates. */
export const MARKER = "<!-- qovery-irsa plan -->";

/** The shares of access and of the stacks' lines; the plans have the rest. Characters. */
const ACCESS_LIMIT = 34_000;
const STACKS_LIMIT = 16_000;

export interface PlanCommentInput {
  /** Undefined if no revision was given to compare with. */
  readonly changes: readonly AccessChange[] | undefined;
  /** Why the earlier revision has no configuration. */
  readonly note?: string;
  readonly plans: readonly StackPlan[];
  /** Where the complete plans are, as Markdown. */
  readonly complete: string;
  /** The command that prints the complete difference in access. */
  readonly checkCommand: string;
}

/** Returns the comment on a pull request: the difference in access, a line for each stack, and the plans. */
export function planComment({ changes, note, plans, complete, checkCommand }: PlanCommentInput): string {
  const parts = [`${MARKER}\n`];
  if (note !== undefined) parts.push(`> ${note}\n`);
  if (changes !== undefined) parts.push(renderDiffMarkdown(changes, { limit: ACCESS_LIMIT, complete: checkCommand }));
  const sorted = plans.toSorted((a, b) => rank(a) - rank(b));
  if (plans.length > 0) parts.push(stackTable(sorted));
  const head = parts.join("\n");
  const details = foldedPlans(
    sorted.filter(({ result }) => result === "changes" || result === "failed"),
    COMMENT_LIMIT - head.length - complete.length - 200,
  );
  const left =
    details.cut === 0 ? "" : `\n${details.cut} plans are cut or left out. The complete plans are in ${complete}.\n`;
  return `${head}\n${details.text}${left}`;
}

/** What a reviewer must not miss comes first: a comment that is cut still shows it. */
function rank({ result, lostRoles }: StackPlan): number {
  if (result === "failed") return 0;
  if (result === "no changes") return 3;
  return lostRoles.length > 0 ? 1 : 2;
}

function stackTable(plans: readonly StackPlan[]): string {
  const head = "### Plan\n\n| stack | import | add | change | destroy | |\n| --- | ---: | ---: | ---: | ---: | --- |\n";
  let [text, shown] = [head, 0];
  for (const plan of plans) {
    const line = stackLine(plan);
    if (text.length + line.length > STACKS_LIMIT) break;
    text += line;
    shown++;
  }
  const left = plans.length - shown;
  return left === 0 ? text : `${text}\n${left} more stacks are not listed.\n`;
}

function stackLine({ stack, result, url, lostRoles, ...plan }: StackPlan): string {
  const name = url === undefined ? `\`${stack}\`` : `[\`${stack}\`](${url})`;
  if (result === "failed") return `| ${name} | | | | | **the plan failed** |\n`;
  if (result === "waits") return `| ${name} | | | | | planned after the deployment of the service accounts |\n`;
  const lost = lostRoles.slice(0, 5).map((role) => `\`${role}\``);
  const more = lostRoles.length > lost.length ? ` and ${lostRoles.length - lost.length} more` : "";
  const remark =
    lost.length > 0 ? `**destroys or replaces** ${lost.join(", ")}${more}` : result === "no changes" ? result : "";
  return `| ${name} | ${plan.import} | ${plan.add} | ${plan.change} | ${plan.destroy} | ${remark} |\n`;
}

function foldedPlans(plans: readonly StackPlan[], limit: number): { text: string; cut: number } {
  let [text, cut] = ["", 0];
  for (const { stack, output } of plans) {
    const fence = "`".repeat(Math.max(3, ...[...output.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    const frame = (body: string) =>
      `\n<details><summary><code>${stack}</code></summary>\n\n${fence}\n${body}\n${fence}\n</details>\n`;
    const room = limit - text.length - frame("").length;
    if (output.length <= room) text += frame(output);
    else {
      cut++;
      // A plan of a few lines shows nothing of use.
      if (room > 2000) text += frame(`${output.slice(0, room - 10)}\n…`);
    }
  }
  return { text, cut };
}
