import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainUnreadable, readRegularFile } from "../../config/read-file";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "read-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a user is told of a file that is not read. */
function told(path: string): string | undefined {
  try {
    readRegularFile(path);
  } catch (error) {
    return explainUnreadable(error)[0];
  }
  return undefined;
}

test("a pipe is not opened, which would wait for ever", () => {
  const pipe = join(folder, "pipe");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  expect(told(pipe)).toBe("this is not a regular file");
});

test("a device is not read", () => {
  expect(told("/dev/zero")).toBe("this is not a regular file");
});

test("a link that leads nowhere", () => {
  const link = join(folder, "link");
  symlinkSync(join(folder, "none"), link);
  expect(told(link)).toBe("this is a link to what is not there");
  writeFileSync(join(folder, "none"), "");
  expect(told(link)).toBeUndefined();
});

test("a folder, and nothing", () => {
  expect(told(folder)).toBe("this is a folder");
  expect(told(join(folder, "none"))).toBe("there is no such file");
});

test.each([
  [1_000_000, undefined],
  [1_000_001, "the file has 1000001 bytes"],
])("a file of %i bytes", (size, message) => {
  const file = join(folder, "file");
  writeFileSync(file, Buffer.alloc(size));
  expect(told(file)).toBe(message);
});
