import { z } from "zod";
import type { Path } from "./problems";

/**
 * Returns the keys that a schema knows at a path.
 * @param value the value at the path: in a union, one of its keys decides which others it can have
 */
export function keysAt(schema: z.ZodType, path: Path, value: unknown): string[] {
  const found = schemaAt(schema, path);
  const object =
    found instanceof z.ZodDiscriminatedUnion ? options(found).find((option) => option.matches(value))?.object : found;
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** Returns the option of a union that has a key, such as `backend: s3`. */
export function optionWith(schema: z.ZodType, path: Path, key: string): string | undefined {
  const found = schemaAt(schema, path);
  if (!(found instanceof z.ZodDiscriminatedUnion)) return undefined;
  return options(found).find(({ object }) => key in object.shape)?.name;
}

export interface Option {
  readonly object: z.ZodObject;
  /** Such as `backend: s3`. */
  readonly name: string;
  readonly matches: (value: unknown) => boolean;
}

export function options(union: z.ZodDiscriminatedUnion): Option[] {
  const key = union.def.discriminator;
  return union.options.flatMap((object) => {
    if (!(object instanceof z.ZodObject)) return [];
    const literal: unknown = (object.shape[key] as z.ZodLiteral).value;
    return [
      {
        object,
        name: `${key}: ${String(literal)}`,
        matches: (value) => (value as Record<string, unknown>)[key] === literal,
      } satisfies Option,
    ];
  });
}

/** Returns the type inside `optional()`. */
export function required(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

function schemaAt(schema: z.ZodType | undefined, path: Path): z.ZodType | undefined {
  const inner = schema && required(schema);
  const [step, ...rest] = path;
  if (step === undefined) return inner;
  if (inner instanceof z.ZodObject) return schemaAt(inner.shape[String(step)] as z.ZodType | undefined, rest);
  return inner instanceof z.ZodRecord ? schemaAt(inner.valueType as z.ZodType, rest) : undefined;
}
