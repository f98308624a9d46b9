/**
 * A user's string as Terraform's JSON syntax must have it to mean itself: `${` and `%{` begin an expression there.
 * Source: https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
export function literal(text: string): string {
  // A function, since "$$" in a replacement string would be one dollar sign.
  return text.replace(/[$%]\{/g, (begin) => begin[0] + begin);
}

/** The values of a map, each as `literal`. */
export function literals(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [literal(key), literal(value)]));
}
