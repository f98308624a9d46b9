import { join } from "node:path";
import { check } from "../../../commands/check";
import { execute } from "../../../commands/lib/command";

const ROOT = join(__dirname, "../../..");

async function run(args: readonly string[], config = "irsa.yaml") {
  const written = { printed: "", error: "" };
  const write = (stream: "printed" | "error") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  const env = jest.replaceProperty(process, "env", { ...process.env, IRSA_CONFIG: join(ROOT, config) });
  const out = jest.spyOn(process.stdout, "write").mockImplementation(write("printed"));
  const err = jest.spyOn(process.stderr, "write").mockImplementation(write("error"));
  const terminal = { out: write("printed"), error: write("error"), signal: new AbortController().signal };
  const code = await execute(check, ["explain", ...args], terminal);
  for (const mock of [out, err]) mock.mockRestore();
  env.restore();
  return { code, ...written };
}

const SUBJECT = "z7f3a2b1c-production/my-s3-role";

test.each([
  [[SUBJECT, "my-s3-role"]],
  [["z7f3a2b1c-production:my-s3-role", "production/my-s3-role"]],
  [["system:serviceaccount:z7f3a2b1c-production:my-s3-role", "arn:aws:iam::123456789012:role/my-s3-role"]],
  [["z1/shared-s3", "shared-s3", "--cluster", "production"]],
])("exits with 0 for an allowed pair: %j", async (args) => {
  expect(await run(args)).toEqual({ code: 0, printed: expect.stringMatching(/^allow: /), error: "" });
});

test("exits with 1 for a denied pair, and prints the same as JSON", async () => {
  expect(await run(["z1/x", "my-s3-role"])).toEqual({
    code: 1,
    printed: expect.stringMatching(/^deny: /),
    error: "",
  });
  expect((await run(["kube-system:default", "shared-s3"])).code).toBe(1);
  const { code, printed } = await run([SUBJECT, "my-s3-role", "--cluster", "self-managed", "-o", "json"]);
  expect(code).toBe(1);
  expect(JSON.parse(printed)).toMatchObject({ outcome: "deny", cluster: "self-managed", role: "my-s3-role" });
});

test.each<[string[], string]>([
  [[], "expected SUBJECT and ROLE"],
  [[SUBJECT], "expected SUBJECT and ROLE"],
  [["my-s3-role", "my-s3-role"], '"my-s3-role" is not a service account'],
  [["z1/App", "my-s3-role"], '"App" is not a valid service account name'],
  [["z*/app", "my-s3-role"], '"z*" has a wildcard'],
  [[SUBJECT, "my-s3-rol"], "did you mean my-s3-role?"],
  [[SUBJECT, "production/my-s3-rol"], "did you mean production/my-s3-role?"],
  [[SUBJECT, "arn:aws:iam::123456789012:role/my-s3-rol"], "did you mean arn:aws:iam::123456789012:role/my-s3-role?"],
  [[SUBJECT, "qqqqqqqqq"], "the roles are my-s3-role, shared-s3, reports-s3-role"],
  [[SUBJECT, "my-s3-role", "--cluster", "produktion"], "did you mean production?"],
  [[SUBJECT, "my-s3-role", "--against", "HEAD"], "--against and --committed"],
  [[SUBJECT, "my-s3-role", "-o", "markdown"], "expected --output text or json"],
])("exits with 2 for %j", async (args, message) => {
  expect(await run(args)).toEqual({ code: 2, printed: "", error: expect.stringContaining(message) });
});

test("exits with 3 and the problems for a configuration with errors", async () => {
  const { code, printed, error } = await run([SUBJECT, "my-s3-role"], "test/examples/mistakes/irsa.yaml");
  expect([code, printed]).toEqual([3, ""]);
  expect(error).toContain("clusters/production.yaml:");
});
