import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Project } from "../../config/project";
import { selectStacks, synthesizeStacks } from "./stacks";

// The stacks as a repository keeps them, for a service that plans the repository and cannot run this project.

const STACK_FILE = "cdk.tf.json";

/** A committed stack that differs from the configuration. */
export interface StaleStack {
  readonly stack: string;
  readonly problem: "is missing" | "differs" | "is not a stack of the configuration";
}

/** Returns the folder of the committed stacks: `synthesized/stacks` beside irsa.yaml. */
export function committedFolder(): string {
  return join(dirname(resolve(process.env.IRSA_CONFIG || "irsa.yaml")), "synthesized", "stacks");
}

/** Returns the committed stacks that are not current. */
export function staleStacks(project: Project, folder = committedFolder()): StaleStack[] {
  const texts = committedTexts(project, folder);
  const changed = [...texts].flatMap(([stack, text]): StaleStack[] => {
    const file = join(folder, stack, STACK_FILE);
    if (!existsSync(file)) return [{ stack, problem: "is missing" }];
    return readFileSync(file, "utf8") === text ? [] : [{ stack, problem: "differs" }];
  });
  const removed = stacksIn(folder).filter((stack) => !texts.has(stack));
  return [
    ...changed,
    ...removed.map((stack): StaleStack => ({ stack, problem: "is not a stack of the configuration" })),
  ];
}

/** Writes the committed stacks, and removes the stacks that no longer exist. Returns the stacks that changed. */
export function writeCommittedStacks(project: Project, folder = committedFolder()): StaleStack[] {
  const stale = staleStacks(project, folder);
  const texts = committedTexts(project, folder);
  for (const { stack } of stale) {
    const text = texts.get(stack);
    if (text === undefined) rmSync(join(folder, stack), { recursive: true });
    else {
      mkdirSync(join(folder, stack), { recursive: true });
      writeFileSync(join(folder, stack, STACK_FILE), text);
    }
  }
  return stale;
}

function stacksIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, STACK_FILE)));
}

/** Returns the text of each stack's file, in the order in which the stacks are deployed. */
function committedTexts(project: Project, folder: string): Map<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), "synth-"));
  try {
    // An administrator deploys the other stacks, with a state beside irsa.yaml.
    const stacks = selectStacks(synthesizeStacks(project, outdir), []);
    return new Map(
      stacks.map(({ name, folder: synthesized }) => {
        const stack = JSON.parse(readFileSync(join(synthesized, STACK_FILE), "utf8"));
        return [name, committedText(stack, project, join(folder, name))];
      }),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Returns a stack's JSON in an order that does not depend on the configuration's, without metadata and machine paths. */
// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON, read at three places.
function committedText(stack: any, { state }: Project, folder: string): string {
  const local = stack.terraform.backend?.local;
  if (local) local.path = relativePath(folder, local.path);
  for (const release of Object.values<{ chart: string }>(stack.resource?.helm_release ?? {})) {
    if (isAbsolute(release.chart)) release.chart = relativePath(folder, release.chart);
  }
  // The workspace supplies it.
  if (state.backend === "cloud" && state.workflow !== "cli") delete stack.terraform.cloud;
  return `${JSON.stringify(sorted(stack), null, 2)}\n`;
}

/** Returns a path that Terraform and Helm resolve from the stack's folder. */
function relativePath(folder: string, path: string): string {
  const steps = relative(folder, path).replaceAll("\\", "/");
  return steps.startsWith(".") ? steps : `./${steps}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, inner]) => key !== "//" || typeof inner !== "object");
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([key, inner]) => [key, sorted(inner)]),
  );
}
