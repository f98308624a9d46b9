import type { Values } from "../../../commands/lib/arguments";
import { command, execute } from "../../../commands/lib/command";
import { messageOf, Stopped } from "../../../commands/lib/errors";

const options = {
  name: { type: "string", value: "NAME", required: true, description: "a name" },
  format: { type: "string", short: "f", choices: ["text", "json"], default: "text", description: "a format" },
  tag: { type: "string", multiple: true, description: "a tag" },
  all: { type: "boolean", description: "everything" },
} as const;

async function run(
  args: string[],
  work: (input: { values: Values<typeof options> }) => Promise<number> = async () => 0,
) {
  const stop = new AbortController();
  const printed = { out: "", error: "" };
  const definition = command({
    name: "greet",
    summary: "Greets.",
    options,
    arguments: { value: "[PERSON]", description: "who is greeted", choices: ["world", "moon"], max: 1 },
    environment: { GREETING: "the greeting" },
    examples: ["npm run greet -- --name x"],
    run: (input) => work({ ...input, stop } as never),
  });
  const code = await execute(definition, args, {
    out: (text) => {
      printed.out += text;
    },
    error: (text) => {
      printed.error += text;
    },
    signal: stop.signal,
  });
  return { code, ...printed };
}

test.each([["--help"], ["-h"]])("%s prints every option, variable and example", async (flag) => {
  const { code, out, error } = await run([flag]);
  expect([code, error]).toEqual([0, ""]);
  for (const text of [
    "Greets.",
    "Usage: npm run greet -- --name NAME [options] [PERSON]",
    "-f, --format text|json",
    "(default: text)",
    "GREETING",
    "npm run greet -- --name x",
  ]) {
    expect(out).toContain(text);
  }
});

test("passes the values with their defaults, and returns the exit code of the work", async () => {
  let given: unknown;
  const { code } = await run(["--name", "x", "--tag", "a", "--tag", "b", "world"], async (input) => {
    given = input;
    return 3;
  });
  expect(code).toBe(3);
  expect(given).toMatchObject({
    values: { name: "x", format: "text", tag: ["a", "b"], all: false },
    positionals: ["world"],
  });
});

test("leaves --help after -- to the work", async () => {
  expect((await run(["--name", "x", "--", "--help"])).code).toBe(2);
});

test.each([
  [[], "--name"],
  [["--name"], "--name"],
  [["--nmae", "x"], "did you mean --name?"],
  [["--something", "x"], "expected --name, --format, --tag, --all or --help"],
  [["--name", "x", "--format", "xml"], "--format xml: expected text or json"],
  [["--name", "x", "mars"], "mars: expected world or moon"],
  [["--name", "x", "world", "moon"], "moon: this argument is not expected"],
])("exits with 2 and the usage for %j", async (args, message) => {
  const { code, out, error } = await run(args);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toContain(`greet: `);
  expect(error).toContain(message);
  expect(error).toContain("Usage: npm run greet");
});

test("turns an error into one message without a stack trace", async () => {
  const failing = async () => {
    throw new Error("the cause");
  };
  expect(await run(["--name", "x"], failing)).toEqual({ code: 1, out: "", error: "greet: the cause\n" });
});

test.each([
  [new Error("aborted"), "greet: stopped\n"],
  [new Stopped("nothing is left running"), "greet: stopped; nothing is left running\n"],
])("exits with 130 after a signal: %s", async (thrown, message) => {
  const stopped = async (input: object) => {
    (input as { stop: AbortController }).stop.abort();
    throw thrown;
  };
  expect(await run(["--name", "x"], stopped)).toEqual({ code: 130, out: "", error: message });
});

test.each(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EEXIST", "EISDIR"])(
  "names the path and a fix for %s",
  (code) => {
    const message = messageOf(Object.assign(new Error(`${code}: open`), { code, path: "/some/file" }));
    expect(message).toContain("/some/file");
    expect(message).not.toContain(code);
  },
);
