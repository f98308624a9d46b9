import { join } from "node:path";
import type { TrustInput } from "../../iam/trust-policy";

const trustPolicy = jest.requireActual("../../iam/trust-policy").trustPolicy as (
  trusts: readonly TrustInput[],
) => unknown;
const derivation = jest.fn(trustPolicy);
jest.mock("../../iam/trust-policy", () => ({
  ...jest.requireActual("../../iam/trust-policy"),
  trustPolicy: (trusts: readonly TrustInput[]) => derivation(trusts),
}));

/** Runs `check` on the committed example and returns its exit code and output. */
async function check(output: "text" | "json"): Promise<{ code: number; printed: string }> {
  const { check: command } = await import("../../commands/check");
  let printed = "";
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const env = jest.replaceProperty(process, "env", { ...process.env, IRSA_CONFIG: join(__dirname, "../../irsa.yaml") });
  const { signal } = new AbortController();
  const values = { against: undefined, cluster: undefined, committed: false, output };
  const code = await command.run({ values, positionals: [], signal });
  env.restore();
  write.mockRestore();
  return { code, printed };
}

test("exits with 0 if the derived trust policies admit the declared subjects only", async () => {
  const { code, printed } = await check("json");
  expect(code).toBe(0);
  expect(JSON.parse(printed).isolation.breaches).toEqual([]);
});

test("exits with 1 if the derivation widens a trust policy", async () => {
  const wider = ({ subjects, ...trust }: TrustInput): TrustInput => ({
    ...trust,
    subjects: subjects.map((subject) => subject.replace(/:z[^:]*:/, ":*:")),
    match: "pattern",
  });
  derivation.mockImplementation((trusts) => trustPolicy(trusts.map(wider)));
  const { code, printed } = await check("json");
  expect(code).toBe(1);
  const { breaches } = JSON.parse(printed).isolation;
  expect(breaches).toContainEqual({
    roleArn: "arn:aws:iam::123456789012:role/my-s3-role",
    cluster: "production",
    subject: "system:serviceaccount:kube-system:my-s3-role",
    audience: "sts.amazonaws.com",
    outcome: "admitted",
  });
  expect((await check("text")).printed).toContain("system:serviceaccount:kube-system:my-s3-role");
});
