import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeLock } from "../../../commands/lib/lock";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("only one process holds a lock, until it is released", () => {
  const file = join(folder, "new", "demo.lock");
  const release = takeLock(file, "demo");
  expect(() => takeLock(file, "demo")).toThrow(`process ${process.pid}`);
  release();
  expect(existsSync(file)).toBe(false);
  takeLock(file, "demo")();
});

test.each(["4194304999", "", "text"])("takes over a lock that no running process holds: %j", (content) => {
  const file = join(folder, "demo.lock");
  writeFileSync(file, content);
  takeLock(file, "demo")();
});
