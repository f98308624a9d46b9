import { join } from "node:path";
import { execute } from "../../commands/lib/command";
import { policy } from "../../commands/policy";

const BOOTSTRAP = join(__dirname, "../examples/bootstrap/irsa.yaml");

async function run(args: readonly string[], config = BOOTSTRAP) {
  let [printed, error] = ["", ""];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const env = jest.replaceProperty(process, "env", { ...process.env, IRSA_CONFIG: config });
  const print = (text: string) => {
    error += text;
  };
  const code = await execute(policy, args, { out: print, error: print, signal: new AbortController().signal });
  env.restore();
  write.mockRestore();
  return { code, printed, error };
}

test.each(["plan", "apply", "bootstrap"])("prints the policies for %s, with a reason for each action", async (role) => {
  const { code, printed } = await run([role, "-o", "json"]);
  expect(code).toBe(0);
  const [found, ...others] = JSON.parse(printed);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ role, accountId: "123456789012" });
  expect("trustPolicy" in found).toBe(role !== "bootstrap");
  const actions: string[] = found.policies.flatMap(({ Statement }: { Statement: { Action: string[] }[] }) =>
    Statement.flatMap(({ Action }) => Action),
  );
  expect(Object.keys(found.reasons).toSorted()).toEqual([...new Set(actions)].toSorted());
  const text = (await run([role])).printed;
  for (const action of actions) expect(text.split(action).length).toBeGreaterThan(2);
});

test("explains what is missing without the key bootstrap", async () => {
  const config = join(__dirname, "../examples/create/irsa.yaml");
  expect(await run(["bootstrap"], config)).toMatchObject({ code: 1, error: expect.stringContaining("bootstrap: {") });
  expect(JSON.parse((await run(["plan", "-o", "json"], config)).printed)[0].warnings).toHaveLength(1);
});

test.each([[[]], [["both"]], [["plan", "apply"]]])("rejects %j", async (args) => {
  expect(await run(args)).toMatchObject({ code: 2, printed: "" });
});
