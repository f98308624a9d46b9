import { error, type Finding, type Path } from "./problems";
import { quote } from "./quote";

/**
 * Checks each item of a list once, and reports the items that repeat an earlier item.
 * @param check returns the findings about an item
 * @param identity returns what two equal items have in common @default - the item
 */
export function checkOnce(
  path: Path,
  list: Iterable<readonly [index: number, item: string]>,
  check: (at: Path, item: string) => readonly Finding[],
  identity: (item: string) => string = (item) => item,
): Finding[] {
  const seen = new Set<string>();
  return [...list].flatMap(([index, item]) => {
    const at = [...path, index];
    const id = identity(item);
    if (seen.has(id)) return [error(at, `${quote(item)} is listed twice`, "remove one of the two")];
    seen.add(id);
    return check(at, item);
  });
}
