import { z } from "zod";
import type { Path } from "./problems";

/** Returns the keys that a schema knows at a path of the data. In a union, the data decides which keys are known. */
export function keysAt(schema: z.ZodType, data: unknown, path: Path): string[] {
  const found = schemaAt(schema, data, path);
  const object = found instanceof z.ZodDiscriminatedUnion ? optionFor(found, valueAt(data, path)) : found;
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** Returns the option of a union that has a key, such as `backend: s3`. */
export function optionWith(schema: z.ZodType, data: unknown, path: Path, key: string): string | undefined {
  const found = schemaAt(schema, data, path);
  if (!(found instanceof z.ZodDiscriminatedUnion)) return undefined;
  return options(found).find(({ object }) => key in object.shape)?.name;
}

export interface Option {
  readonly object: z.ZodObject;
  readonly literal: unknown;
  /** Such as `backend: s3`. */
  readonly name: string;
}

export function options(union: z.ZodDiscriminatedUnion): Option[] {
  const key = union.def.discriminator;
  return union.options.flatMap((object): Option[] => {
    if (!(object instanceof z.ZodObject)) return [];
    const literal: unknown = (object.shape[key] as z.ZodLiteral).value;
    return [{ object, literal, name: `${key}: ${String(literal)}` }];
  });
}

function optionFor(union: z.ZodDiscriminatedUnion, value: unknown): z.ZodObject | undefined {
  const chosen = valueAt(value, [union.def.discriminator]);
  return options(union).find(({ literal }) => literal === chosen)?.object;
}

/** Returns the type inside `optional()`. */
export function required(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

/** Returns the schema at a path; undefined if the schema does not know the path. */
export function schemaAt(schema: z.ZodType | undefined, data: unknown, path: Path): z.ZodType | undefined {
  const inner = schema && required(schema);
  const [step, ...rest] = path;
  if (step === undefined) return inner;
  const object = inner instanceof z.ZodDiscriminatedUnion ? optionFor(inner, data) : inner;
  const next = valueAt(data, [step]);
  if (object instanceof z.ZodObject) return schemaAt(object.shape[String(step)] as z.ZodType | undefined, next, rest);
  if (object instanceof z.ZodRecord) return schemaAt(object.valueType as z.ZodType, next, rest);
  return object instanceof z.ZodArray ? schemaAt(object.element as z.ZodType, next, rest) : undefined;
}

export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<typeof step, unknown>)[step] : undefined,
    data,
  );
}
