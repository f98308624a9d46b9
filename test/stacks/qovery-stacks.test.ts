import type { Cluster, Project } from "../../config/project";
import { asTerraformReads, loadExample, type Stack, synthesize, withReleases } from "./synthesized";

const project = loadExample("qovery");
const [cluster] = project.clusters as [Cluster];
const stacks = synthesize(project);
const accounts = stacks["preview-service-accounts"] as Stack;
const verification = stacks["preview-verification"] as Stack;
const resources = (stack: Stack, type: string) => Object.values(stack.resource[`qovery_${type}`]) as Stack[];
const jobs = resources(verification, "job");

/** Returns the resource that a reference to its id names. */
function referenced(stack: Stack, reference: string): Stack {
  const [, type = "", name = ""] = /^\$\{(\w+)\.([\w-]+)\.id\}$/.exec(reference) ?? [];
  return stack.resource[type][name];
}

test("access qovery creates each service account as a Helm service of its environment", () => {
  const services = resources(accounts, "helm");
  const expected = cluster.serviceAccounts.map(({ name, namespace, roleArn }) => ({
    environment_id: cluster.qovery?.environments[namespace],
    // The provider reports an inconsistent result where a map is absent.
    values_override: { set: {}, set_json: {}, set_string: { "serviceAccount.name": name, awsRoleArn: roleArn } },
  }));
  const declared = services.map(({ environment_id, values_override }) => ({ environment_id, values_override }));
  expect(declared).toEqual(expect.arrayContaining(expected));
  expect(declared).toHaveLength(expected.length);
  for (const service of services) {
    expect(service).toMatchObject({
      allow_cluster_wide_resources: false,
      source: { helm_repository: { chart_name: "qovery-sa-helper", chart_version: "0.2.0" } },
    });
    expect(referenced(accounts, service.source.helm_repository.helm_repository_id)).toMatchObject({
      organization_id: "11111111-2222-3333-4444-555555555555",
      kind: "OCI_GENERIC_CR",
      url: "oci://registry.acme.example/charts",
    });
    expect(referenced(accounts, service.deployment_stage_id).environment_id).toBe(service.environment_id);
  }
});

test("a role's path with a comma stays one value", () => {
  const serviceAccounts = cluster.serviceAccounts.map((account) => ({
    ...account,
    roleArn: "arn:aws:iam::1:role/a,b",
  }));
  const stack = synthesize({ ...project, clusters: [{ ...cluster, serviceAccounts }] })["preview-service-accounts"];
  for (const service of resources(stack as Stack, "helm"))
    expect(service.values_override.set_string.awsRoleArn).toBe("arn:aws:iam::1:role/a\\,b");
});

test("the annotations of a service account are one JSON value", () => {
  const annotations = { "eks.amazonaws.com/token-expiration": "3600", "acme.example/note": "a, b=${c}" };
  const clusters = [withReleases(cluster, { annotations })];
  const stack = synthesize({ ...project, clusters })["preview-service-accounts"];
  for (const { values_override } of resources(stack as Stack, "helm")) {
    const { "serviceAccount.annotations": value, ...others } = values_override.set_json;
    expect(JSON.parse(asTerraformReads(value))).toEqual(annotations);
    expect(others).toEqual({});
  }
});

test("a chart from an https repository is an HTTPS repository, and a local chart is refused", () => {
  const withChart = (chart: Cluster["chart"]) => synthesize({ ...project, clusters: [{ ...cluster, chart }] });
  const https = { name: "qovery-sa-helper", repository: "https://charts.acme.example/", version: "0.1.0" };
  const [repository] = resources(withChart(https)["preview-service-accounts"] as Stack, "helm_repository");
  expect(repository).toMatchObject({ kind: "HTTPS", url: "https://charts.acme.example/" });
  expect(() => withChart({ name: "/charts/own" })).toThrow("use an https:// or oci:// repository");
});

test("runner qovery proves access with a lifecycle job and a cron job, and isolation with a lifecycle job", () => {
  const inOne = jobs.filter(({ environment_id }) => environment_id.endsWith("1"));
  expect(inOne.map(({ name, schedule }) => [name, Object.keys(schedule)])).toEqual([
    ["irsa-reader-access-drift", ["cronjob"]],
    ["irsa-reader-access", ["on_start"]],
    ["irsa-reader-isolation", ["on_start"]],
  ]);
  for (const job of jobs) {
    const isolation = job.name.endsWith("isolation");
    const account = isolation ? "irsa-isolation-reader" : "reader";
    expect(job.advanced_settings_json).toBe(`{"security.service_account_name":"${account}"}`);
    expect(job).toMatchObject({
      source: { image: { name: "acme/qovery-irsa-verifier", tag: "1.0.0", registry_id: expect.any(String) } },
      max_nb_restart: 0,
      healthchecks: {},
    });
    const { arguments: args } = job.schedule.on_start ?? job.schedule.cronjob.command;
    expect(args.includes("denied")).toBe(isolation);
    // The job inherits IRSA_VERIFIER_ALLOW_ENDPOINT from its environment.
    expect(args.includes("--no-allow-endpoint")).toBe(isolation);
  }
});

test("the proofs run in a stage after the service accounts of isolation proofs", () => {
  for (const neighbour of resources(verification, "helm")) {
    const stage = referenced(verification, neighbour.deployment_stage_id);
    const proofs = jobs.filter(({ environment_id }) => environment_id === neighbour.environment_id);
    for (const { deployment_stage_id } of proofs)
      expect(referenced(verification, referenced(verification, deployment_stage_id).is_after)).toBe(stage);
  }
});

test.each([
  ["ghcr.io/acme/verifier:1.0.0", { name: "acme/verifier", tag: "1.0.0" }],
  ["localhost:5000/verifier:1", { name: "verifier", tag: "1" }],
  ["acme/verifier:2@sha256:0123", { name: "acme/verifier", tag: "2" }],
])("the image %s has its registry's host left out", (image, expected) => {
  const registryId = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
  const changed: Project = { ...project, verification: { runner: "qovery", image, registryId } };
  const [job] = resources(synthesize(changed)["preview-verification"] as Stack, "job");
  expect(job?.source.image).toEqual({ registry_id: registryId, ...expected });
});

test("no stack deploys an environment or holds a token", () => {
  for (const stack of [accounts, verification]) {
    expect(Object.keys(stack.resource)).not.toContain("qovery_deployment");
    expect(stack.provider).toEqual({ qovery: [{}] });
    expect(stack.terraform.required_providers).toEqual({
      qovery: { source: "qovery/qovery", version: ">= 0.86.1, < 1.0.0" },
    });
  }
});
