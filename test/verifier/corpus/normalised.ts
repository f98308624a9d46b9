/** A text without what differs from run to run: ports, times, folders, and no token in it. */
export function normalised(text: string, folder: string): string {
  return text
    .replaceAll(new RegExp(`${folder}/(fault-\\w+|certificates)`, "g"), "PATH")
    .replace(/127\.0\.0\.1:(?!1\b)\d+/g, "127.0.0.1:PORT")
    .replace(/port=(?!1\b)\d+/g, "port=PORT")
    .replace(/0x[\da-f]{6,}/g, "0x…")
    .replace(/\b\d{10}\b/g, "TIME")
    .replace(/eyJ[\w.-]+/g, "TOKEN");
}
