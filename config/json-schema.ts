import { z } from "zod";
import { clusterSchema, irsaSchema } from "./schema";

/** File in this folder → the JSON Schema that editors complete and check by. */
export function jsonSchemas(): Record<string, string> {
  const text = (title: string, schema: z.ZodType) =>
    `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: "input", target: "draft-7" }) }, null, 2)}\n`;
  return {
    "irsa.schema.json": text("irsa.yaml of qovery-irsa", irsaSchema),
    "cluster.schema.json": text("clusters/*.yaml of qovery-irsa", clusterSchema),
  };
}
