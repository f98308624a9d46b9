/**
 * Returns the name and the tag of an image as Qovery keeps them: the host is the container registry's, and a digest is not
 * supported.
 */
export function qoveryImage(image: string): { readonly name: string; readonly tag: string } {
  const [tagged = ""] = image.split("@");
  const at = tagged.lastIndexOf(":");
  const name = tagged.slice(0, at).replace(/^(localhost|[^/]*[.:][^/]*)\//, "");
  return { name, tag: tagged.slice(at + 1) };
}
