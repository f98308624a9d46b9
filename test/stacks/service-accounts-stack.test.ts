import { asTerraformReads, by, loadExample, type Stack, synthesize, withReleases } from "./synthesized";

const eks = synthesize(loadExample("create"))["staging-service-accounts"] as Stack;
const project = loadExample("kubeconfig");
const kubeconfig = synthesize(project)["on-premises-service-accounts"] as Stack;

test("each service account is a release of Qovery's chart in its namespace", () => {
  const releases = by(kubeconfig.resource.helm_release, "namespace");
  expect(Object.keys(releases).sort()).toEqual(["z1-blue", "z2-green"]);
  for (const release of Object.values(releases)) {
    expect(release).toMatchObject({
      name: "irsa-reader",
      repository: "https://qovery.github.io/create_service_account/",
      chart: "qovery-sa-helper",
      version: "0.1.0",
      create_namespace: false,
      upgrade_install: true,
      atomic: true,
      wait: true,
      timeout: 60,
    });
    expect(JSON.parse(asTerraformReads(release.values[0]))).toEqual({
      serviceAccount: { name: "reader" },
      awsRoleArn: "arn:aws:iam::123456789012:role/reader",
    });
  }
});

test("a role with several service accounts and namespaces has a release for each combination", () => {
  const stack = synthesize(loadExample("several-subjects"))["apps-service-accounts"] as Stack;
  const releases = Object.values<Stack>(stack.resource.helm_release);
  expect(releases.map(({ namespace, name }) => `${namespace}/${name}`).toSorted()).toEqual([
    "monitoring/irsa-agent",
    "preview-1/irsa-jobs",
    "preview-1/irsa-web",
    ...["z1-app", "z2-app"].flatMap((namespace) => [`${namespace}/irsa-api`, `${namespace}/irsa-worker.v2`]),
  ]);
});

test("the helm provider has a full source address and a version range", () => {
  expect(kubeconfig.terraform.required_providers).toEqual({
    helm: { source: "hashicorp/helm", version: ">= 3.1.0, < 4.0.0" },
  });
});

test("access eks uses an ephemeral token and the cluster's account", () => {
  expect(eks.provider.helm[0].kubernetes).toEqual({
    host: "${data.aws_eks_cluster.cluster.endpoint}",
    cluster_ca_certificate: "${base64decode(data.aws_eks_cluster.cluster.certificate_authority[0].data)}",
    token: "${ephemeral.aws_eks_cluster_auth.cluster.token}",
  });
  expect(eks.ephemeral).toEqual({ aws_eks_cluster_auth: { cluster: { name: "staging" } } });
  expect(eks.data).toEqual({ aws_eks_cluster: { cluster: { name: "staging" } } });
  expect(eks.provider.aws[0].allowed_account_ids).toEqual(["123456789012"]);
});

test.each([
  [
    { path: "~/.kube/acme", context: "on-premises" },
    { config_path: "~/.kube/acme", config_context: "on-premises" },
  ],
  [{}, { config_path: "~/.kube/config" }],
])("access kubeconfig with %j needs no AWS credentials", (access, expected) => {
  const clusters = project.clusters.map((cluster) => ({
    ...cluster,
    kubernetes: { access: "kubeconfig" as const, ...access },
  }));
  const stack = synthesize({ ...project, clusters })["on-premises-service-accounts"] as Stack;
  expect(stack.provider).toEqual({ helm: [{ kubernetes: expected, experiments: { manifest: true } }] });
});

test("a release comes from the configured chart, and adopts an existing service account if configured", () => {
  const clusters = project.clusters.map((cluster) => ({
    ...withReleases(cluster, { takeOwnership: true }),
    chart: { name: "/charts/own" },
  }));
  const stack = synthesize({ ...project, clusters })["on-premises-service-accounts"] as Stack;
  for (const release of Object.values(stack.resource.helm_release) as Stack[]) {
    expect(release).toMatchObject({ chart: "/charts/own", take_ownership: true });
    expect(release).not.toHaveProperty("repository");
    expect(release).not.toHaveProperty("version");
  }
});

test("a release sets the annotations as they are declared, beside the role", () => {
  const annotations = { "eks.amazonaws.com/token-expiration": "3600", "acme.example/note": "a, b=${c} {d}" };
  const clusters = project.clusters.map((cluster) => withReleases(cluster, { annotations }));
  const stack = synthesize({ ...project, clusters })["on-premises-service-accounts"] as Stack;
  for (const { values } of Object.values(stack.resource.helm_release) as Stack[]) {
    expect(JSON.parse(asTerraformReads(values[0]))).toMatchObject({ serviceAccount: { annotations } });
  }
});

test("a cluster without service accounts has no service-accounts stack", () => {
  const clusters = project.clusters.map((cluster) => ({ ...cluster, serviceAccounts: [] }));
  expect(Object.keys(synthesize({ ...project, clusters }))).toEqual(["on-premises-iam"]);
});
