import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DISK, explainUnreadable, isInside } from "../../config/files";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "read-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns whether a file is read; if not, there is a message and a fix. */
function isRead(path: string): boolean {
  try {
    DISK.read(path);
    return true;
  } catch (error) {
    expect(explainUnreadable(error)).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    return false;
  }
}

test("rejects a device, a folder and a missing file", () => {
  expect([isRead("/dev/zero"), isRead(folder), isRead(join(folder, "none"))]).toEqual([false, false, false]);
});

test("rejects a symbolic link without a target", () => {
  const link = join(folder, "link");
  symlinkSync(join(folder, "target"), link);
  expect(isRead(link)).toBe(false);
  writeFileSync(join(folder, "target"), "");
  expect(isRead(link)).toBe(true);
});

test.each([
  [1_000_000, true],
  [1_000_001, false],
])("reads a file of %i bytes: %s", (size, expected) => {
  const file = join(folder, "file");
  writeFileSync(file, Buffer.alloc(size));
  expect(isRead(file)).toBe(expected);
});

test("a symbolic link to a file outside of the folder is outside", () => {
  const [inside, outside] = [join(folder, "inside"), join(folder, "outside.json")];
  mkdirSync(inside);
  writeFileSync(outside, "");
  symlinkSync(outside, join(inside, "link.json"));
  writeFileSync(join(inside, "file.json"), "");
  const found = ["link.json", "file.json", "../outside.json", "missing.json"].map((name) =>
    isInside(DISK, inside, join(inside, name)),
  );
  expect(found).toEqual([false, true, false, true]);
});
