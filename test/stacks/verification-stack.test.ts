import type { Cluster, Project, Role } from "../../config/project";
import { inputsOf, type Proof, proofsOf } from "../../config/proofs";
import { stackNames } from "../../config/stack-names";
import { loadExample, type Stack, synthesize } from "./synthesized";

const IMAGE = "ghcr.io/acme/qovery-irsa-verifier:1.0.0";
const verified = (project: Project, image = IMAGE): Project => ({
  ...project,
  verification: { runner: "kubernetes", image },
});
const project = verified(loadExample("create"));
const stack = synthesize(project)["staging-verification"] as Stack;
const manifests = Object.values(stack.resource.kubernetes_manifest) as Stack[];
const jobs = manifests.filter(({ manifest }) => manifest.kind === "Job");
const podOf = ({ manifest }: Stack) => manifest.spec.template.spec;

/** Returns the labels with the hash of each proof's inputs, by proof. */
function inputs(of: Project): Record<string, string> {
  const resources = Object.values(
    Object.values(synthesize(of)).flatMap((s) => Object.values(s.resource.kubernetes_manifest ?? {})),
  ) as Stack[];
  return Object.fromEntries(
    resources
      .filter(({ manifest }) => manifest.kind === "Job")
      .map(({ manifest }) => [
        manifest.metadata.labels["qovery-irsa/proof"],
        manifest.metadata.labels["qovery-irsa/inputs"],
      ]),
  );
}

test("each service account has an access proof, and an isolation proof unless the role trusts every service account", () => {
  expect(jobs.map((job) => [job.manifest.metadata.namespace, podOf(job).serviceAccountName])).toEqual([
    ["monitoring", "any-pod"],
    ["z1-staging", "app.one"],
    ["z1-staging", expect.stringMatching(/^irsa-isolation-app-one-[0-9a-f]{6}$/)],
  ]);
  expect(Object.keys(stack.output)).toEqual([
    "access_monitoring_any-pod",
    "access_z1-staging_app__one",
    "isolation_z1-staging_app__one",
  ]);
});

test("a role with several subjects has both proofs for each service account in each namespace", () => {
  const { output } = synthesize(loadExample("several-subjects"))["apps-verification"] as Stack;
  const accounts = ["monitoring_agent", "preview-1_jobs", "preview-1_web"].concat(
    ["z1-app", "z2-app"].flatMap((namespace) => [`${namespace}_api`, `${namespace}_worker__v2`]),
  );
  const proofs = accounts.flatMap((account) => [`access_${account}`, `isolation_${account}`]);
  expect(Object.keys(output).toSorted()).toEqual(proofs.toSorted());
});

test("the verifier gets the expected role and issuer, and waits for IAM", () => {
  const [, access, isolation] = jobs.map((job) => podOf(job).containers[0].args.join(" "));
  const expected = "--role-arn arn:aws-us-gov:iam::123456789012:role/team/apps/every-feature --issuer https://oidc";
  expect(access).toMatch(new RegExp(`^${expected}.* --probe s3:list-buckets --wait \\d+s$`));
  expect(isolation).toMatch(new RegExp(`^${expected}.* --expect denied --wait \\d+s$`));
});

test("the Pods are admitted by the Pod Security level restricted, and get no API token", () => {
  for (const job of jobs) {
    expect(podOf(job)).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(podOf(job).containers).toEqual([
      expect.objectContaining({
        image: IMAGE,
        terminationMessagePolicy: "FallbackToLogsOnError",
        resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "32Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      }),
    ]);
    expect(job.manifest.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: expect.any(Number) });
  }
});

test("the neighbour of an isolation proof is annotated with the role, and is not a declared service account", () => {
  const neighbours = manifests.filter(({ manifest }) => manifest.kind === "ServiceAccount");
  expect(neighbours.map(({ manifest }) => manifest.metadata.annotations)).toEqual([
    { "eks.amazonaws.com/role-arn": "arn:aws-us-gov:iam::123456789012:role/team/apps/every-feature" },
  ]);
  const declared = project.clusters.flatMap(({ serviceAccounts }) => serviceAccounts.map(({ name }) => name));
  expect(declared).not.toContain(neighbours[0]?.manifest.metadata.name);
});

test("the neighbour of an isolation proof exists since before the access proof, and its Job runs after that proof", () => {
  const resources = Object.entries<Stack>(stack.resource.kubernetes_manifest);
  const addressOf = (kind: string, name: RegExp) =>
    `kubernetes_manifest.${resources.find(([, { manifest }]) => manifest.kind === kind && name.test(JSON.stringify(manifest)))?.[0]}`;
  const neighbour = addressOf("ServiceAccount", /irsa-isolation-app-one/);
  const access = addressOf("Job", /"app-one-[0-9a-f]+-access"/);
  const isolation = addressOf("Job", /"app-one-[0-9a-f]+-isolation"/);
  const dependsOn = (address: string) => stack.resource.kubernetes_manifest[address.split(".")[1] ?? ""].depends_on;
  expect(dependsOn(access)).toEqual([neighbour]);
  expect(dependsOn(isolation)).toEqual([neighbour, access]);
});

test("a proof runs again if its role, trust policy or image changes, and not if another role changes", () => {
  const [cluster] = project.clusters as [Cluster];
  const changed = (change: Partial<Role>, index: number) =>
    inputs({
      ...project,
      clusters: [
        { ...cluster, roles: cluster.roles.map((role, at) => (at === index ? { ...role, ...change } : role)) },
      ],
    });
  const before = inputs(project);
  const others = Object.keys(before).filter((proof) => proof.startsWith("any-pod"));
  const own = Object.keys(before).filter((proof) => proof.startsWith("app-one"));
  for (const change of [
    { managedPolicies: [] },
    { inlinePolicies: [] },
    { trustPolicy: cluster.roles[1]?.trustPolicy },
  ]) {
    const after = changed(change as Partial<Role>, 0);
    for (const proof of own) expect(after[proof]).not.toBe(before[proof]);
    for (const proof of others) expect(after[proof]).toBe(before[proof]);
  }
  expect(changed({ description: "x", tags: {} }, 0)).toEqual(before);
  const image = inputs(verified(project, `${IMAGE}-2`));
  for (const proof of Object.keys(before)) expect(image[proof]).not.toBe(before[proof]);
});

test.each<[string, Partial<Role>]>([
  [
    "a permission policy",
    {
      inlinePolicies: [
        {
          name: "by-team",
          document: {
            Statement: {
              Effect: "Allow",
              Action: "s3:ListAllMyBuckets",
              Resource: "*",
              Condition: { StringEquals: { "aws:principaltag/team": "a" } },
            },
          },
        },
      ],
    },
  ],
  [
    "the trust policy",
    {
      trustPolicy: {
        Statement: {
          Effect: "Allow",
          Principal: "*",
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "iam:ResourceTag/team": "a" } },
        },
      },
    },
  ],
])("a proof runs again after a change of the role's tags if %s depends on them", (_, change) => {
  const [proof] = proofsOf(project.clusters[0] as Cluster) as [Proof];
  const tagged = (team: string) => inputsOf({ ...proof, role: { ...proof.role, ...change, tags: { team } } }, IMAGE);
  expect(tagged("b")).not.toBe(tagged("a"));
});

test("a proof runs again if a deployment now removes policies that are not declared", () => {
  const [proof] = proofsOf(project.clusters[0] as Cluster) as [Proof];
  const inputs = (exclusivePolicies: boolean) =>
    inputsOf({ ...proof, role: { ...proof.role, exclusivePolicies } }, IMAGE);
  expect(inputs(true)).not.toBe(inputs(false));
});

test("names of objects stay valid and apart, whatever the service account's name", () => {
  const [cluster] = project.clusters as [Cluster];
  const names = ["a", "a.b", "a-b", "x".repeat(253), `${"x".repeat(252)}y`, `${"x".repeat(17)}-.y${"z".repeat(9)}`];
  const [account] = cluster.serviceAccounts as [Cluster["serviceAccounts"][number]];
  const proofs = proofsOf({ ...cluster, serviceAccounts: names.map((name) => ({ ...account, name })) });
  expect(new Set(proofs.map(({ name }) => name)).size).toBe(2 * names.length);
  for (const { name } of proofs) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,33}[a-z0-9])$/);
});

test("the proofs of a service account that something else creates run as that service account", () => {
  const example = loadExample("created-elsewhere");
  const stacks = synthesize(example);
  const releases = Object.values<Stack>(stacks["tools-service-accounts"]?.resource.helm_release ?? {});
  expect(releases.map(({ name }) => name)).toEqual(["irsa-app"]);
  const [cluster] = example.clusters as [Cluster];
  const access = proofsOf(cluster).filter(({ kind }) => kind === "access");
  expect(access.map(({ runAs, account: { namespace } }) => `${namespace}/${runAs}`)).toEqual([
    "external-dns/external-dns",
    "z1-app/runner",
    "z2-app/runner",
    "z1-app/app",
  ]);
  const manifests = Object.values<Stack>(stacks["tools-verification"]?.resource.kubernetes_manifest ?? {});
  const messages = manifests.flatMap(({ lifecycle }) => lifecycle?.precondition ?? []).map((one) => one.error_message);
  expect(messages).toHaveLength(access.length);
  const messageOf = (name: string) => messages.find((message) => message.includes(`service account ${name} `));
  const annotation = "eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/tools/external-dns";
  expect(messageOf("external-dns")).toContain(annotation);
  expect(messageOf("app")).toContain("cdktf deploy 'tools-service-accounts'");
});

test("a cluster whose service accounts something else creates has no stack for service accounts", () => {
  const { clusters, ...example } = loadExample("created-elsewhere");
  const elsewhere = clusters.map((cluster) => ({
    ...cluster,
    serviceAccounts: cluster.serviceAccounts.filter(({ release }) => !release),
  }));
  const names = ["tools-iam", "tools-verification"];
  expect(Object.keys(synthesize({ ...example, clusters: elsewhere })).toSorted()).toEqual(names);
  expect(stackNames(elsewhere[0] as Cluster, example.verification)).toEqual(names);
});

test("a role without verification has no proof", () => {
  const [cluster] = project.clusters as [Cluster];
  const roles = cluster.roles.map((role) => ({ ...role, verify: role.name === "any-pod" }));
  expect(proofsOf({ ...cluster, roles }).map(({ role }) => role.name)).toEqual(["any-pod"]);
});

test("there is no verification stack with the runner none or without service accounts", () => {
  const none = { ...project, verification: { runner: "none" as const } };
  const [cluster] = project.clusters as [Cluster];
  const empty = { ...project, clusters: [{ ...cluster, serviceAccounts: [] }] };
  for (const without of [none, empty]) expect(Object.keys(synthesize(without))).not.toContain("staging-verification");
});
