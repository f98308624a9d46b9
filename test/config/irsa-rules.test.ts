import { cluster, IRSA, ISSUER, messages, OTHER_ISSUER, paths, places, role, withClusters } from "./files";

const x = (length: number) => "x".repeat(length);
const UUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const NS = "namespace: z1-prod";

describe("state and verification", () => {
  test.each<[string, string[]]>([
    ["state: { backend: s3, bucket: abc, region: eu-west-3 }", []],
    ["state: { backend: s3, bucket: Abc, region: eu-west-3 }", ["state.bucket"]],
    ["state: { backend: s3, bucket: ab, region: eu-west-3 }", ["state.bucket"]],
    [`state: { backend: s3, bucket: ${x(63)}, region: eu-west-3 }`, []],
    [`state: { backend: s3, bucket: ${x(64)}, region: eu-west-3 }`, ["state.bucket"]],
    ["state: { backend: s3, bucket: 10.0.0.1, region: eu-west-3 }", ["state.bucket"]],
    ["state: { backend: s3, bucket: abc, region: x, keyPrefix: 'a b' }", ["state.region", "state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc }", ["state.region"]],
    [
      "state: { backend: s3, bucket: abc, region: eu-west-3, kmsKeyArn: 'arn:aws:kms:eu-west-3:123456789012:alias/state', roleArn: 'arn:aws:iam::123456789012:role/a/state', profile: my-state }",
      [],
    ],
    [
      "state: { backend: s3, bucket: abc, region: eu-west-3, kmsKeyArn: 'arn:aws:kms:eu-west-3:123456789012:key/1', roleArn: state, profile: 'a b' }",
      ["state.kmsKeyArn", "state.roleArn", "state.profile"],
    ],
    ["state: { backend: cloud, organization: acme }", []],
    ...["cli", "vcs", "api"].map((workflow): [string, string[]] => [
      `state: { backend: cloud, organization: acme, workflow: ${workflow} }`,
      [],
    ]),
    ["state: { backend: cloud, organization: acme, workflow: remote }", ["state.workflow"]],
    ["state: { backend: cloud, organization: acme, workspaces: { tags: [irsa] } }", ["state.workspaces"]],
    ...(
      [
        ["vcs", "repository: acme/platform, githubAppInstallationId: ghain-1", []],
        ["vcs", "repository: acme/team/platform, oauthTokenId: ot-1, folder: a/b, terraformVersion: 1.11.0", []],
        ["vcs", "githubAppInstallationId: ghain-1", [""]],
        ["vcs", "repository: acme/platform", [""]],
        ["vcs", "repository: acme/platform, githubAppInstallationId: ghain-1, oauthTokenId: ot-1", [""]],
        ["cli", "tags: [irsa, 'team:platform'], planRole: p, applyRole: a, agentPoolId: apool-1", []],
        ["cli", "repository: acme/platform, oauthTokenId: ot-1", ["repository", "oauthTokenId"]],
        ["api", "planRole: same, applyRole: Same", ["planRole"]],
        ["api", "applyRole: qovery-irsa-plan", ["applyRole"]],
        ["api", "planRole: path/plan, agentPoolId: 1, tags: [A]", ["planRole", "agentPoolId", "tags.0"]],
        ["api", "tags: [a, a]", ["tags"]],
        ["api", "terraformVersion: 1.10.5", ["terraformVersion"]],
        ["api", "terraformVersion: ~> 1.11", ["terraformVersion"]],
        ["api", "folder: /a", ["folder"]],
        ["api", "folder: a/../b", ["folder"]],
        ["api", "token: x", ["token"]],
      ] as const
    ).map(([workflow, keys, expected]): [string, string[]] => [
      // The cluster has a kubeconfig file, which takes an agent.
      `state: { backend: cloud, organization: acme, workflow: ${workflow}, workspaces: { ${keys}${keys.includes("agent") ? "" : ", agentPoolId: apool-1"} } }`,
      expected.map((key) => `state.workspaces${key === "" ? "" : `.${key}`}`),
    ]),
    [
      "state: { backend: cloud, organization: acme, project: My Project, workspacePrefix: irsa-, hostname: tfe.acme.com }",
      [],
    ],
    [
      "state: { backend: cloud, organization: a/b, project: '?', workspacePrefix: 'a b', hostname: 'https://x' }",
      ["state.organization", "state.project", "state.workspacePrefix", "state.hostname"],
    ],
    ...(["organization", "project"] as const).flatMap((key) =>
      [2, 3, 40, 41].map((length): [string, string[]] => [
        `state: { backend: cloud, ${key === "project" ? "organization: acme, " : ""}${key}: ${x(length)} }`,
        length === 3 || length === 40 ? [] : [`state.${key}`],
      ]),
    ),
    // "one-service-accounts" has 20 characters, and a workspace at most 90.
    [`state: { backend: cloud, organization: acme, workspacePrefix: ${x(70)} }`, []],
    [`state: { backend: cloud, organization: acme, workspacePrefix: ${x(71)} }`, ["state.workspacePrefix"]],
    ["state: { backend: local, bucket: x }", ["state.bucket"]],
    ["state: { backend: local }\nverification: { runner: none, image: 'ghcr.io/acme/v:1' }", []],
    ["state: { backend: local }\nverification: { runner: kubernetes, image: '$(x)' }", ["verification.image"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: irsa/ }", []],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: team/irsa- }", []],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: irsa }", ["warning state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: /irsa/ }", ["state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: a//b/ }", ["state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: /../x }", ["state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: ./a/ }", ["state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefix: a..b/ }", []],
    ["state: { backend: s3, bucket: abc, region: eu-wset-3 }", ["warning state.region"]],
    ["state: { backend: local, path: ../state }", []],
    ...(
      [
        ["kubernetes, image: acme/v:1", []],
        ["kubernetes, image: localhost:5000/acme/v:1.0", []],
        [`kubernetes, image: acme/v@sha256:${"0".repeat(64)}`, []],
        ["kubernetes, image: acme/v", ["verification.image"]],
        ["kubernetes, image: acme/v:latest", ["verification.image"]],
        ["kubernetes", ["verification.image"]],
        [`kubernetes, image: acme/v:1, registryId: ${UUID}`, ["verification.registryId"]],
        ["qovery, image: acme/v:1", ["verification.registryId"]],
        ["qovery, image: acme/v:1, registryId: 5f", ["verification.registryId"]],
        [`qovery, image: "acme/v@sha256:${"0".repeat(64)}", registryId: ${UUID}`, ["verification.image"]],
      ] as const
    ).map(([runner, expected]): [string, string[]] => [`${IRSA}verification: { runner: ${runner} }`, [...expected]]),
  ])("checks %s", (text, expected) => {
    const qovery = `qovery: { organizationId: ${UUID}, environments: { z1-prod: ${UUID} } }\n`;
    expect(paths(withClusters({ one: cluster(role(NS), { more: qovery }) }, `${text}\n`))).toEqual(expected);
  });
});

test("the longest stack limits the prefix of the workspaces", () => {
  const irsa = `state: { backend: cloud, organization: acme, workspacePrefix: ${x(83)} }\n`;
  const bare = cluster("  {}\n");
  expect(paths(withClusters({ one: bare }, irsa))).toEqual([]);
  expect(messages(withClusters({ one: bare, four: bare.replace(ISSUER, OTHER_ISSUER) }, irsa))[0]).toMatch(
    /four-iam .*82/,
  );
});

test("checks the clusters beside a broken irsa.yaml, and irsa.yaml beside a broken cluster", () => {
  const result = withClusters({ one: cluster(role("namespace: Prod")) }, "state: [\n");
  expect(places(result).map((place) => place.split(":")[0])).toEqual(
    ["clusters/one.yaml", "irsa.yaml", "irsa.yaml"].slice(0, result.problems.length),
  );
  expect(paths(withClusters({ one: "oidc: [\n" }, "state: { backend: local, x: 1 }\n"))).toContain("state.x");
});

test("rejects an empty path of a kubeconfig", () => {
  expect(paths(withClusters({ one: cluster(role(NS)).replace("kubeconfig", 'kubeconfig\n  path: ""') }))).toEqual([
    "kubernetes.path",
  ]);
});
