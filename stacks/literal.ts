/**
 * Escapes a user's string for Terraform's JSON syntax, in which `${` and `%{` begin an expression.
 * Source: https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
export function literal(text: string): string {
  // A function, because "$$" in a replacement string stands for one dollar sign.
  return text.replace(/[$%]\{/g, (begin) => begin[0] + begin);
}

/** Escapes the keys and values of a map as `literal` does. */
export function literals(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [literal(key), literal(value)]));
}
