/** Characters. */
const LONGEST = 120;

/**
 * Returns a value of a file for a message: in quotes, cut short, and with the codes of characters that look like others,
 * such as U+0430 for a Cyrillic a.
 */
export function quote(value: string): string {
  const text = JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  const unusual = [...new Set(value.slice(0, LONGEST).match(/[\u007f-\u{10ffff}]/gu))].map(codePoint);
  return unusual.length === 0 ? text : `${text} (contains ${unusual.slice(0, 5).join(", ")})`;
}

/** Returns the code of a character, such as U+00A0. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Returns a number with its noun, such as `1 role` and `2 roles`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
