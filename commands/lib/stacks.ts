import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster, Project } from "../../config/project";
import { globMatches, parseGlob } from "../../iam/glob";
import { nearest } from "../../iam/nearest";
import { createApp } from "../../stacks/app";
import { isBootstrapStack } from "../../stacks/bootstrap-stack";
import { HCP_WORKSPACES_STACK } from "../../stacks/hcp-workspaces-stack";
import { UsageError } from "./errors";

const isAdministrators = (stack: string) => isBootstrapStack(stack) || stack === HCP_WORKSPACES_STACK;

/** A stack of the last synth. */
export interface SynthesizedStack {
  readonly name: string;
  /** The folder with the stack's cdk.tf.json, in which Terraform runs. */
  readonly folder: string;
}

/** Returns the folder of the synthesized stacks: CDKTF_OUTDIR, or cdktf.out. */
export function outputFolder(): string {
  return process.env.CDKTF_OUTDIR || "cdktf.out";
}

/** Synthesizes a project. Returns its stacks in the order in which they are deployed. */
export function synthesizeStacks(project: Project, outdir = outputFolder()): SynthesizedStack[] {
  // cdktf does not create parent folders.
  mkdirSync(outdir, { recursive: true });
  createApp(project, { outdir }).synth();
  const { stacks } = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8")) as {
    stacks: Record<string, { name: string; workingDirectory: string }>;
  };
  // The manifest has the stacks in the order in which createApp creates them.
  return Object.values(stacks).map(({ name, workingDirectory }) => ({ name, folder: join(outdir, workingDirectory) }));
}

/**
 * Returns the stacks that match names or patterns such as `*-iam`, in the order of the stacks; all without patterns. The
 * stacks `bootstrap` and `hcp-workspaces` only match their names: their changes are an administrator's, and change what a
 * deployment can do.
 * @throws UsageError if a pattern matches no stack
 */
export function selectStacks<S extends { readonly name: string }>(
  stacks: readonly S[],
  patterns: readonly string[],
): S[] {
  if (patterns.length === 0) return stacks.filter(({ name }) => !isAdministrators(name));
  const names = stacks.map(({ name }) => name);
  const selected = new Set(
    patterns.flatMap((pattern) => {
      const found = names.filter((name) =>
        isAdministrators(name) ? pattern === name : globMatches(parseGlob(pattern), name),
      );
      if (found.length > 0) return found;
      const meant = nearest(pattern, names);
      throw new UsageError(
        `${pattern} is not a stack; ${meant ? `did you mean ${meant}?` : `expected ${names.join(", ")}`}`,
      );
    }),
  );
  return stacks.filter(({ name }) => selected.has(name));
}

/** Returns the cluster to which a stack belongs. */
export function clusterOf(project: Project, stack: string): Cluster | undefined {
  const owners = project.clusters.filter(({ name }) => stack.startsWith(`${name}-`));
  // One cluster's name can begin with another one's.
  return owners.toSorted((a, b) => b.name.length - a.name.length)[0];
}
