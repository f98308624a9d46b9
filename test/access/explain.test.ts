import { type Explanation, explain, renderExplanation } from "../../access/explain";
import type { Project, Role } from "../../config/project";
import type { Statement } from "../../iam/policy-types";
import { loadExample } from "../stacks/synthesized";

const project = loadExample("three-clusters");
const roleOf = ({ clusters }: Project, name: string) =>
  clusters.flatMap(({ roles }) => roles).find((role) => role.name === name) as Role;
const ask = (subject: string, cluster: string, name = "blue-app", role = roleOf(project, name)) =>
  explain(project, { subject: `system:serviceaccount:${subject}`, role, cluster });
const key = (cluster: string, claim: string) => {
  const issuer = project.clusters.find(({ name }) => name === cluster)?.oidc.issuer ?? "";
  return `${issuer.slice("https://".length)}:${claim}`;
};

test.each([
  ["blue", 0],
  ["green", 1],
  ["red", 2],
])("names the statement that admits a token of cluster %s", (cluster, statement) => {
  const found = ask("z1-app:app", cluster);
  expect(found).toMatchObject({ outcome: "allow", statement, cluster, audience: "sts.amazonaws.com" });
  expect(found.statements[statement]?.mismatches).toEqual([]);
  expect(renderExplanation(found)).toContain(`statement ${statement} (Allow) matches`);
});

test("names the condition that fails, the value that it compared and the declared subjects", () => {
  const found = ask("z1-app:worker", "green");
  expect(found).toMatchObject({ outcome: "deny", declared: expect.any(Array) });
  expect(found).not.toHaveProperty("statement");
  expect(found.statements[1]?.mismatches).toEqual([
    {
      element: "Condition",
      operator: "StringEquals",
      key: key("green", "sub"),
      expected: ["system:serviceaccount:z1-app:app"],
      actual: ["system:serviceaccount:z1-app:worker"],
    },
  ]);
  expect(found.declared).toContainEqual({
    cluster: "green",
    subject: "system:serviceaccount:z1-app:app",
    match: "exact",
  });
  const text = renderExplanation(found);
  expect(text).toContain(`condition StringEquals ${key("green", "sub")}`);
  expect(text).toContain("clusters/blue.yaml roles.blue-app");
  // The statement of another cluster has conditions on keys that the token cannot have.
  expect(text).not.toContain(key("blue", "sub"));
});

test("names the principal of a role that does not trust the cluster", () => {
  const { outcome, statements } = ask("z2-app:app", "red", "green-app");
  expect(outcome).toBe("deny");
  expect(statements[0]?.mismatches[0]).toMatchObject({ element: "Principal" });
});

test("names a statement by its Sid, also one that denies", () => {
  const role = roleOf(project, "blue-app");
  const [first] = role.trustPolicy.Statement as Statement[];
  const denying = { ...first, Sid: "NotThisOne", Effect: "Deny" } as Statement;
  const changed: Role = { ...role, trustPolicy: { ...role.trustPolicy, Statement: [first as Statement, denying] } };
  const found: Explanation = ask("z1-app:app", "blue", "blue-app", changed);
  expect(found).toMatchObject({ outcome: "deny", statement: 1 });
  expect(renderExplanation(found)).toContain("statement 1 (NotThisOne, Deny) matches");
});
