import { LISTING, probeOf } from "../../config/probes";
import type { Cluster, Project, Role } from "../../config/project";
import { LocalAws } from "../../local/aws";
import { accessProofs, mistakes, neighbourProofs } from "../../local/demo-proofs";
import { prove } from "../../local/prove";
import { createRoles } from "../../local/roles";
import { verifierCommand } from "../../packaging/verifier-command";
import { exampleProject } from "./project";

const example = exampleProject();
const production = example.clusters[0] as Cluster;
const [exact] = production.roles as [Role];
const OWN = "arn:aws:iam::123456789012:policy/own";

const allowing = (statement: object) => ({
  managedPolicies: [],
  inlinePolicies: [
    { name: "a", document: { Version: "2012-10-17", Statement: { Effect: "Allow", Resource: "*", ...statement } } },
  ] as Role["inlinePolicies"],
});

describe("the probe of a role", () => {
  test.each<[string, Partial<Role>, string]>([
    [
      "an AWS managed policy that lists",
      { managedPolicies: ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"] },
      "s3:list-buckets",
    ],
    ["another one", { managedPolicies: ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"] }, "none"],
    [
      "one of the account's own, whatever its name",
      { managedPolicies: [OWN, "arn:aws:iam::123456789012:policy/ReadOnlyAccess"] },
      "none",
    ],
    ["an inline policy that lists", allowing({ Action: ["sqs:*", "S3:List*"] }), "s3:list-buckets"],
    ["one that allows everything", allowing({ Action: "*:*" }), "s3:list-buckets"],
    ["one that allows something else", allowing({ Action: "s3:ListBucket" }), "none"],
    ["one of some resources", allowing({ Action: "s3:*", Resource: "arn:aws:s3:::acme/*" }), "none"],
    [
      "one under a condition",
      allowing({ Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "true" } } }),
      "none",
    ],
    ["one that denies", allowing({ Action: "s3:*", Effect: "Deny" }), "none"],
    ...[{ Action: "s3:ListAllMyBuckets" }, { NotAction: ["sqs:*", "s3:GetObject"] }].map(
      (denied): [string, Partial<Role>, string] => [
        `a policy that lists and another one that denies ${Object.keys(denied)}`,
        { ...allowing({ ...denied, Effect: "Deny" }), managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] },
        "none",
      ],
    ),
    [
      "a policy that lists and another one that denies something else",
      {
        ...allowing({ NotAction: "s3:*", Effect: "Deny" }),
        managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
      },
      "s3:list-buckets",
    ],
    ["no policy", { managedPolicies: [] }, "none"],
    ["what the configuration says", { probe: "s3:bucket:acme" }, "s3:bucket:acme"],
  ])("%s", (_, change, expected) => {
    expect(probeOf({ ...exact, ...change })).toBe(expected);
  });
});

test("the mistakes are those of a role with verification", () => {
  const without = { ...exact, name: "without", verify: false };
  const project = { ...example, clusters: [{ ...production, roles: [without, ...production.roles] }] };
  expect(mistakes(project, { endpoint: "" } as LocalAws).role).toBe(exact);
});

describe("on the embedded AWS", () => {
  const variants = [
    ...LISTING.map((policy) => ({ managedPolicies: [`arn:aws:iam::aws:policy/${policy}`] })),
    { managedPolicies: [] },
    { probe: "s3:bucket:acme-reports" },
  ];
  const roles = variants.map((change, index): Role => {
    const name = `role-${index}`;
    return { ...exact, ...change, name, arn: `arn:aws:iam::123456789012:role/${name}` };
  });
  const project: Project = { ...example, clusters: [{ ...production, roles: [exact, ...roles] }] };
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await LocalAws.start({ project });
    const [wrong] = mistakes(project, aws).mistakes;
    await createRoles(aws, [{ ...exact, trustPolicy: wrong?.trust ?? exact.trustPolicy }, ...roles]);
  }, 60_000);
  afterAll(() => aws.stop());

  test("proves every declared role with its probe, and names the probe", async () => {
    const accounts = roles.map(({ arn }) => ({
      cluster: "production",
      namespace: "z7f3a2b1c-production",
      name: "my-s3-role",
      roleArn: arn,
    }));
    const found: string[] = [];
    for (const proof of accessProofs(project, aws, accounts))
      found.push((await prove(proof, verifierCommand())).split(": proven ")[1] ?? "");
    expect(found).toEqual([
      ...LISTING.map(() => "(s3:list-buckets: 2 buckets)"),
      "(STS gives its credentials; no probe)",
      expect.stringMatching(/^\(s3:bucket:acme-reports: /),
    ]);
  }, 60_000);

  test("has neighbours in another cluster if the account of the role has the provider of that cluster", () => {
    const [, other] = example.clusters as readonly [Cluster, Cluster];
    const inOther = (accountId: string) =>
      neighbourProofs({ ...example, clusters: [production, { ...other, accountId }] }, aws)
        .map(({ title }) => title)
        .filter((title) => title.startsWith(`${other.name} `) && title.endsWith(` ${exact.name}`));
    expect(inOther(production.accountId)).toHaveLength(1);
    expect(inOther("210987654321")).toEqual([]);
  });

  test("reports the problem of a mistake and its fix", async () => {
    const [trust, , variable] = mistakes(project, aws).mistakes;
    if (!trust || !variable) throw new Error("the mistakes are missing");
    const lines = (await prove(trust.proof, verifierCommand())).split("\n");
    expect(lines[0]).toMatch(/^found QV301: STS returned AccessDenied/);
    expect(lines).toEqual(
      expect.arrayContaining(["sub system:serviceaccount:z7f3a2b1c-production:my-s3-role", "aud sts.amazonaws.com"]),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^fix: \S/));
    expect(await prove(variable.proof, verifierCommand())).toMatch(
      /^found QV102: .*AWS_ROLE_ARN.*\nfix: .*AWS_ROLE_ARN/,
    );
  }, 60_000);
});
