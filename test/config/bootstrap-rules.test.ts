import type { Bootstrap } from "../../config/project";
import { cluster, load, OTHER_ISSUER, paths, role } from "./files";

const ROLE = role("namespace: z1-prod");
const S3 = "state: { backend: s3, bucket: acme-state, region: eu-west-1 }\n";
const CLOUD = "state: { backend: cloud, organization: acme, workspacePrefix: irsa- }\n";
const GITHUB = "github: { repository: acme/platform }";

const loaded = (irsa: string, clusters: Readonly<Record<string, string>> = {}) =>
  load({ "irsa.yaml": irsa, "clusters/one.yaml": cluster(ROLE), ...clusters });

test.each<[string, string, string[]]>([
  [S3, `{ ${GITHUB} }`, []],
  [S3, `{ ${GITHUB}, bucket: existing, state: shared, roleNamePrefix: acme }`, []],
  [S3, "{ github: { repository: acme } }", ["bootstrap.github.repository"]],
  [S3, "{ github: { repository: 'acme/*' } }", ["bootstrap.github.repository"]],
  [S3, "{ github: { repository: acme/platform.git } }", ["bootstrap.github.repository"]],
  [S3, "{ github: { repository: acme/platform, environment: '*' } }", ["bootstrap.github.environment"]],
  [S3, "{}", ["bootstrap"]],
  [S3, "{ hcp: {} }", ["bootstrap.hcp"]],
  [S3, `{ ${GITHUB}, roleNamePrefix: 'a b' }`, ["bootstrap.roleNamePrefix"]],
  [S3.replace("}", ", profile: p }"), `{ ${GITHUB}, bucket: create }`, ["bootstrap.bucket"]],
  [S3.replace("}", ", profile: p }"), `{ ${GITHUB} }`, []],
  [CLOUD, "{ hcp: {} }", []],
  [CLOUD, "{ hcp: {}, bucket: create }", ["bootstrap.bucket"]],
  [CLOUD.replace("}", ", hostname: 'tfe.acme.com:8443' }"), "{ hcp: {} }", ["bootstrap.hcp"]],
])("%swith bootstrap: %s", (state, bootstrap, expected) => {
  expect(paths(loaded(`${state}bootstrap: ${bootstrap}\n`))).toEqual(expected);
});

test.each([
  "https://github.com/acme/platform",
  "git@github.com:acme/platform.git",
  "acme/platform.git",
  "acme/platform/",
])("proposes the repository of %s", (repository) => {
  const { problems } = loaded(`${S3}bootstrap: { github: { repository: "${repository}" } }\n`);
  expect(problems.map(({ fix }) => fix)).toEqual(["use acme/platform"]);
});

describe("with clusters in several accounts", () => {
  const two = cluster(role("namespace: z1-prod"), { issuer: OTHER_ISSUER, accountId: "210987654321" });
  const both = (bootstrap: string) => loaded(`${S3}bootstrap: ${bootstrap}\n`, { "clusters/two.yaml": two });

  test.each([
    [`{ ${GITHUB} }`, ["bootstrap.accountId"]],
    [`{ ${GITHUB}, accountId: "111111111111" }`, ["bootstrap.accountId"]],
    [`{ ${GITHUB}, accountId: "1" }`, ["bootstrap.accountId"]],
    [`{ ${GITHUB}, accountId: "210987654321" }`, []],
  ])("checks bootstrap: %s", (bootstrap, expected) => {
    expect(paths(both(bootstrap))).toEqual(expected);
  });

  test("creates a stack for each account, and the bucket in one of them", () => {
    const { bootstraps = [] } = both(`{ ${GITHUB}, accountId: "210987654321" }`).project ?? {};
    expect(bootstraps.map(({ name, accountId, region, bucket }) => [name, accountId, region, bucket?.bucket])).toEqual([
      ["bootstrap", "210987654321", "eu-west-1", "acme-state"],
      ["bootstrap-123456789012", "123456789012", "eu-west-3", undefined],
    ]);
  });
});

test("rejects a role of a cluster with the name of the plan role or the apply role", () => {
  const clash = cluster(role("namespace: z1-prod", "serviceAccount: app").replace("app-role", "Qovery-IRSA-apply"));
  const result = load({ "irsa.yaml": `${S3}bootstrap: { ${GITHUB} }\n`, "clusters/one.yaml": clash });
  expect(paths(result)).toEqual(["bootstrap.roleNamePrefix"]);
});

const bootstrapOf = (irsa: string): Bootstrap | undefined => loaded(irsa).project?.bootstraps[0];

test("creates the bucket of the state in the region of the bucket, and keeps its own state local at first", () => {
  expect(bootstrapOf(`${S3}bootstrap: { ${GITHUB} }\n`)).toMatchObject({
    accountId: "123456789012",
    region: "eu-west-1",
    github: { repository: "acme/platform", environment: "production", provider: "create" },
    roleNamePrefix: "qovery-irsa",
    bucket: { bucket: "acme-state" },
    state: { backend: "local" },
  });
  const shared = bootstrapOf(`${S3}bootstrap: { ${GITHUB}, bucket: existing, state: shared }\n`);
  expect(shared?.bucket).toBeUndefined();
  expect(shared?.state).toMatchObject({ backend: "s3" });
});

test("takes what HCP Terraform runs from the state", () => {
  expect(bootstrapOf(`${CLOUD}bootstrap: { hcp: { provider: existing } }\n`)?.hcp).toEqual({
    hostname: "app.terraform.io",
    organization: "acme",
    project: "Default Project",
    workspacePrefix: "irsa-",
    provider: "existing",
  });
});
