import type { AccessChange } from "./diff";
import { ALL_ACTIONS, type AwsAction } from "./permissions";
import { policyName } from "./render";

/** Edges that a picture stays readable with. */
const MOST_EDGES = 30;

const STYLES = {
  added: "stroke:#2da44e,stroke-width:2px",
  removed: "stroke:#cf222e,stroke-width:2px,stroke-dasharray:4",
  widened: "stroke:#bf8700,stroke-width:4px",
  narrowed: "stroke:#cf222e,stroke-width:2px,stroke-dasharray:4",
} as const;

/** Returns a Mermaid picture of changes: service accounts, roles and policies, with an edge for each change. */
export function diffPicture(changes: readonly AccessChange[]): string {
  const nodes = new Map<string, string>();
  const node = (kind: string, label: string, shape: readonly [string, string]) => {
    const id = nodes.get(`${kind} ${label}`) ?? `n${nodes.size}`;
    if (!nodes.has(`${kind} ${label}`)) {
      nodes.set(`${kind} ${label}`, id);
      lines.push(`  ${id}${shape[0]}"${escaped(label)}"${shape[1]}`);
    }
    return id;
  };
  const lines: string[] = [];
  const edges: { text: string; kind: AccessChange["kind"] }[] = [];
  for (const change of changes) {
    if (edges.length === MOST_EDGES) break;
    const { kind, element, cluster, what } = change;
    if (element === "limit") continue;
    const role = node("role", `${change.role} (${cluster})`, ["[", "]"]);
    if (element === "subject" || element === "principal") {
      const prefix = change.tokensOf === undefined ? "" : `${change.tokensOf}: `;
      const account = node("subject", prefix + what.replace("system:serviceaccount:", ""), ["([", "])"]);
      edges.push({ text: `  ${account} -->|${kind}| ${role}`, kind });
    } else {
      const label = element === "policy" ? policyName(what) : `${actionCount(change.actions ?? [])} ${what}`;
      edges.push({ text: `  ${role} -->|${kind}| ${node(`policy ${role}`, label, ["[/", "/]"])}`, kind });
    }
  }
  if (edges.length === 0) return "";
  const styles = edges.map(({ kind }, index) => `  linkStyle ${index} ${STYLES[kind]}`);
  const body = [...lines, ...edges.map(({ text }) => text), ...styles].join("\n");
  const total = changes.filter(({ element }) => element !== "limit").length;
  const note = total > edges.length ? `\nThe picture shows the first ${edges.length} of ${total} changes.\n` : "";
  return `\`\`\`mermaid\nflowchart LR\n${body}\n\`\`\`\n${note}`;
}

function actionCount(actions: readonly AwsAction[]): string {
  const general = actions.find(({ name }) => name.startsWith(ALL_ACTIONS));
  return general?.name ?? `${actions.length} ${actions.length === 1 ? "action" : "actions"}`;
}

/** Mermaid reads entities without the ampersand, and Markdown in a label between backticks. */
function escaped(label: string): string {
  return label.replace(/["#<>`&\\{}[\]|]|[^\x20-\uffff]/g, (character) => `#${character.codePointAt(0)};`);
}
