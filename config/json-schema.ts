import { z } from "zod";
import { clusterSchema } from "./cluster-schema";
import { irsaSchema } from "./irsa-schema";

/** Returns the JSON Schema of irsa.yaml, for completion and checks in editors. */
export const irsaJsonSchema = () => jsonSchema("irsa.yaml of qovery-irsa", irsaSchema);

/** Returns the JSON Schema of clusters/*.yaml. */
export const clusterJsonSchema = () => jsonSchema("clusters/*.yaml of qovery-irsa", clusterSchema);

function jsonSchema(title: string, schema: z.ZodType): string {
  const content = { title, ...z.toJSONSchema(schema, { io: "input", target: "draft-7" }) };
  return `${JSON.stringify(content, null, 2)}\n`;
}
