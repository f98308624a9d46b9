import { z } from "zod";
import { additionalTrustSchema } from "./additional-trust-schema";
import { clusterSchema } from "./cluster-schema";
import { irsaSchema } from "./irsa-schema";
import { policySetSchema } from "./policy-set-schema";
import { roleSchema } from "./role-schema";
import { options, required } from "./schema-keys";

const INTRODUCTION = `# Configuration

The configuration is \`irsa.yaml\` and one file for each cluster in the folder \`clusters\` beside it.
The environment variable \`IRSA_CONFIG\` sets another path of \`irsa.yaml\`.

- \`npm run check\` reports every mistake with its position and a fix.
- Unknown keys are errors. Anchors, aliases, merge keys and tags of YAML are not supported, so that a reviewer sees every value.
- A file has at most 1 MB.
- Editors complete and check the files with the JSON Schemas in \`config/\`.

This page is generated from the schema in \`config/\` (\`npm run docs\`).
`;

/** Returns docs/configuration.md. */
export function configurationReference(): string {
  return [
    INTRODUCTION,
    section("`irsa.yaml`", "", irsaSchema),
    section("A policy set", "Each value in `policySets` of `irsa.yaml` has these keys.\n\n", policySetSchema),
    section("`clusters/<cluster>.yaml`", "The name of the file is the name of the cluster.\n\n", clusterSchema),
    section("A role", "Each value in `roles` has these keys.\n\n", roleSchema),
    section(
      "An additional trust",
      "Each entry in `additionalTrust` of a role has these keys.\n\n",
      additionalTrustSchema,
    ),
  ].join("\n");
}

function section(title: string, text: string, schema: z.ZodObject): string {
  const rows = objectRows("", schema);
  return `## ${title}\n\n${text}| key | default | description |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

function objectRows(prefix: string, schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, value]) => keyRows(`${prefix}${name}`, value as z.ZodType));
}

function keyRows(key: string, schema: z.ZodType): string[] {
  const inner = required(schema);
  if (inner instanceof z.ZodObject) return [row(key, schema), ...objectRows(`${key}.`, inner)];
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return [row(key, schema)];
  const unionKey = inner.def.discriminator;
  return [
    row(key, schema),
    ...options(inner).flatMap(({ object, name }) => {
      const { [unionKey]: literal, ...others } = object.shape;
      return [
        `| \`${key}.${name}\` | | ${describe(literal as z.ZodType)} |`,
        ...objectRows(`${key}.`, z.strictObject(others)),
      ];
    }),
  ];
}

function row(key: string, schema: z.ZodType): string {
  const value = schema.meta()?.default;
  const known = value === undefined ? "" : `\`${value === "" ? '""' : String(value)}\``;
  return `| \`${key}\` | ${schema instanceof z.ZodOptional ? known : "required"} | ${describe(schema)} |`;
}

const describe = (schema: z.ZodType) => schema.meta()?.description ?? "";
