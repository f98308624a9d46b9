import type { AccessChange } from "../../access/diff";
import { COMMENT_LIMIT, MARKER, planComment } from "../../commands/lib/plan-comment";
import { inParallel, parsePlan, withWaiting } from "../../commands/lib/stack-plans";

const PLAN = `Terraform will perform the following actions:

  # aws_iam_role.role-api_978AD5F9 will be destroyed
  - resource "aws_iam_role" "role-api_978AD5F9" {
      - name                  = "role-api" -> null
      - tags                  = {
          - name = "other" -> null
        } -> null
    }

  # aws_iam_role.role-web_10532638 must be replaced
-/+ resource "aws_iam_role" "role-web_10532638" {
        name                  = "role-web"
      ~ path                  = "/" -> "/web/" # forces replacement
    }

  # aws_iam_role_policy.role-worker will be destroyed

Plan: 1 to import, 2 to add, 3 to change, 4 to destroy.
`;

test("reads the counts, and the roles that are destroyed or replaced", () => {
  expect(parsePlan("production-iam", 2, PLAN)).toMatchObject({
    result: "changes",
    import: 1,
    add: 2,
    change: 3,
    destroy: 4,
    lostRoles: ["role-api", "role-web"],
  });
});

test("reads the link to the run in HCP Terraform", () => {
  const url = "https://app.terraform.io/app/acme/irsa-production-iam/runs/run-CZcmD7eagjhyX0vN";
  expect(parsePlan("a", 0, `To view this run in a browser, visit:\n${url}\n\nNo changes.`)).toMatchObject({
    result: "no changes",
    url,
  });
});

test.each([1, 130, 137])("counts exit code %d as a failure", (code) => {
  expect(parsePlan("a", code, "Error: x").result).toBe("failed");
});

const MISSING = `╷
│ Error: Resource precondition failed
│
│ The service account web does not exist in the namespace z1-app. Run \`cdktf
│ deploy 'one-service-accounts'\`, then deploy again.
╵
`;
const CREATING = "Plan: 1 to add, 0 to change, 0 to destroy.";

test("a verification stack waits for service accounts that another plan creates", () => {
  const plans = withWaiting([
    parsePlan("one-service-accounts", 2, CREATING),
    parsePlan("one-verification", 1, MISSING + MISSING),
  ]);
  expect(plans.map(({ result }) => result)).toEqual(["changes", "waits"]);
  const text = planComment({ changes: [], plans, complete: "the run", checkCommand: "x" });
  expect(text).toContain("| `one-verification` | | | | | planned after the deployment of the service accounts |");
  expect(text.match(/<details>/g)).toHaveLength(1);
});

test.each<[string, string, string]>([
  ["no other plan creates service accounts of the cluster", "two-service-accounts", MISSING],
  ["its plan has another error", "one-service-accounts", `${MISSING}╷\n│ Error: Unauthorized\n╵\n`],
  ["a proof failed", "one-service-accounts", "Error: Module output value precondition failed"],
])("a verification stack does not wait if %s", (_, stack, output) => {
  const plans = [parsePlan(stack, 2, CREATING), parsePlan("one-verification", 1, output)];
  expect(withWaiting(plans)[1]?.result).toBe("failed");
});

test("keeps the order of results, and works on a few members together", async () => {
  let [running, most] = [0, 0];
  const results = await inParallel([3, 1, 2, 5], 2, async (member) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < member; turn++) await Promise.resolve();
    running--;
    return member;
  });
  expect({ results, most }).toEqual({ results: [3, 1, 2, 5], most: 2 });
});

const change = (index: number): AccessChange => ({
  kind: "added",
  element: "subject",
  cluster: `cluster-${index}`,
  role: `role-${index}`,
  roleArn: `arn:aws:iam::123456789012:role/role-${index}`,
  what: `system:serviceaccount:z${index}-app:role-${index}`,
  policies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
});
const comment = (stacks: number, text = PLAN) =>
  planComment({
    changes: Array.from({ length: stacks }, (_, index) => change(index)),
    plans: Array.from({ length: stacks }, (_, index) => parsePlan(`cluster-${index}-iam`, 2, text)),
    complete: "[the run](https://example.test)",
    checkCommand: "npm run check -- --against main",
  });

test("shows access, every stack and every plan", () => {
  const text = comment(2);
  expect(text.startsWith(`${MARKER}\n`)).toBe(true);
  expect(text).toContain("+ system:serviceaccount:z1-app:role-1 → role-1 (cluster-1) (AmazonS3ReadOnlyAccess)");
  expect(text).toContain("| `cluster-1-iam` | 1 | 2 | 3 | 4 | **destroys or replaces** `role-api`, `role-web` |");
  expect(text.match(/<details>/g)).toHaveLength(2);
  expect(text).not.toContain("left out");
});

test("stays within the limit with 300 changed stacks, and shows every change of access", () => {
  const text = comment(300, PLAN.repeat(50));
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  expect(text.match(/^\+ system:serviceaccount/gm)).toHaveLength(300);
  expect(text).toMatch(/\d+ plans are cut or left out\. The complete plans are in \[the run\]/);
});

test("lists failed plans and destroyed roles first, and says how many stacks are not listed", () => {
  const unchanged = parsePlan("", 2, "Plan: 1 to add, 0 to change, 0 to destroy.");
  const many = Array.from({ length: 297 }, (_, index) => ({
    ...unchanged,
    stack: `cluster-${index}-service-accounts`,
  }));
  const plans = [...many, parsePlan("lost", 2, PLAN), parsePlan("failed", 1, "Error: x"), parsePlan("same", 0, "")];
  const text = planComment({ changes: [], plans, complete: "[the run](https://example.test)", checkCommand: "x" });
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  const listed = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, stack]) => stack);
  expect(listed.slice(0, 2)).toEqual(["failed", "lost"]);
  expect(text).toContain(`${300 - listed.length} more stacks are not listed`);
});

test("reports the number of omitted changes of access", () => {
  const text = comment(3000);
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  const shown = text.match(/^\+ system:serviceaccount/gm)?.length ?? 0;
  expect(text).toContain(`${3000 - shown} more changes`);
});

test("keeps the text of a plan within its block", () => {
  const text = comment(1, "```\n</details> @team\n```");
  expect(text).toContain("````\n```\n</details> @team\n```\n````");
});
