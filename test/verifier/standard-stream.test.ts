import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StandardStream, standardStream } from "../../verifier/report/standard-stream";

// Descriptors of this test's own in the place of 1 and 2. What the whole process does is in hostile-process.test.ts.

const of = (descriptor: number): StandardStream => standardStream(descriptor as 1 | 2);

let folder: string;
const open: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stream-"));
});
afterEach(() => {
  for (const descriptor of open.splice(0)) closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

function opened(path: string, flags: number): number {
  const descriptor = openSync(path, flags, 0o600);
  open.push(descriptor);
  return descriptor;
}

/** The reading and the writing end of a pipe. */
function pipe(flags = 0): [number, number] {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return [reader, opened(path, constants.O_WRONLY | flags)];
}

test("a file takes it all", () => {
  const path = join(folder, "file");
  const stream = of(opened(path, constants.O_WRONLY | constants.O_CREAT));
  stream.write("√ one\n");
  stream.write("two\n");
  expect(readFileSync(path, "utf8")).toBe("√ one\ntwo\n");
  expect(stream.isTTY).toBe(false);
});

test("a pipe takes it", () => {
  const [reader, writer] = pipe();
  of(writer).write("text");
  const buffer = Buffer.alloc(10);
  expect(buffer.toString("utf8", 0, readSync(reader, buffer))).toBe("text");
});

test("gives up on a full pipe that does not block and that nobody reads", () => {
  const [, writer] = pipe(constants.O_NONBLOCK);
  expect(() => of(writer).write("x".repeat(200_000))).not.toThrow();
});

test("one that is closed, or broken, is nobody to tell", () => {
  const [reader, writer] = pipe();
  closeSync(reader);
  open.splice(open.indexOf(reader), 1);
  expect(() => of(writer).write("text")).not.toThrow();
  const closed = of(9999);
  expect(() => closed.write("text")).not.toThrow();
  expect(closed.isTTY).toBe(false);
});

test("does not take a device that is not a terminal for one", () => {
  expect(of(opened("/dev/null", constants.O_WRONLY)).isTTY).toBe(false);
});
