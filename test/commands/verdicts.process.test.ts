import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../config/load";
import type { Cluster } from "../../config/project";
import { inputsOf, proofsOf } from "../../config/proofs";
import type { Ended } from "../../local/child-process";
import { ISSUER } from "../config/files";
import { job, serviceAccount } from "../kubernetes-lists";
import { runCommand } from "./run-command";

const IMAGE = "ghcr.io/acme/qovery-irsa-verifier:1.0.0";

let folder: string;
let api: Server;
let answer: (path: string) => { status: number; body: object };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verdicts-"));
  api = createServer(({ url = "" }, response) => {
    const { status, body } = answer(url);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const kubeconfig = {
    clusters: [{ name: "local", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "user", user: {} }],
    contexts: [{ name: "local", context: { cluster: "local", user: "user" } }],
    "current-context": "local",
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
});
afterAll(() => {
  api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a configuration with one role, and returns its cluster. */
function configure(kubernetes: string, runner = `{ runner: kubernetes, image: "${IMAGE}" }`, role = ""): Cluster {
  writeFileSync(join(folder, "irsa.yaml"), `state: { backend: local }\nverification: ${runner}\n`);
  mkdirSync(join(folder, "clusters"), { recursive: true });
  writeFileSync(
    join(folder, "clusters/one.yaml"),
    `accountId: "123456789012"
oidc: { issuer: ${ISSUER} }
kubernetes: ${kubernetes}
roles: { reader: { namespace: z1-app, policies: [ReadOnlyAccess]${role} } }
`,
  );
  const { project, problems } = loadProject(join(folder, "irsa.yaml"));
  const [cluster] = project?.clusters ?? [];
  if (!cluster) throw new Error(JSON.stringify(problems));
  return cluster;
}

function verdicts(...args: string[]): Promise<Ended> {
  const PATH = `${folder}:${process.env.PATH}`;
  const env = { ...process.env, PATH, IRSA_CONFIG: join(folder, "irsa.yaml"), KUBECONFIG: join(folder, "kubeconfig") };
  return runCommand("verdicts", args, env);
}

const KUBECONFIG = "{ access: kubeconfig, path: kubeconfig }";

/** Returns the answer of a cluster in which the first proofs are proven. */
function proven(cluster: Cluster, count: number): typeof answer {
  return (path) => {
    const items = path.includes("/jobs")
      ? proofsOf(cluster)
          .slice(0, count)
          .map((proof) => {
            const found = job(proof.name, inputsOf(proof, IMAGE), "Complete") as { metadata: { labels: object } };
            Object.assign(found.metadata.labels, { "qovery-irsa/proof": proof.name });
            return found;
          })
      : path.includes("/serviceaccounts")
        ? cluster.serviceAccounts.map(serviceAccount)
        : [];
    return { status: 200, body: { items } };
  };
}

test("reads the Jobs of each namespace, and exits with 1 until every role is proven", async () => {
  const cluster = configure(`{ access: kubeconfig, path: ${JSON.stringify(join(folder, "kubeconfig"))} }`);
  const paths: string[] = [];
  answer = (path) => {
    paths.push(path.replace(/\?.*/, ""));
    return proven(cluster, 2)(path);
  };
  const all = await verdicts("-o", "json");
  expect(all).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(all.stdout).map(({ state }: { state: string }) => state)).toEqual(["proven", "proven"]);
  expect(paths.sort()).toEqual([
    "/api/v1/namespaces/z1-app/events",
    "/api/v1/namespaces/z1-app/pods",
    "/api/v1/namespaces/z1-app/serviceaccounts",
    "/apis/batch/v1/namespaces/z1-app/jobs",
  ]);
  answer = proven(cluster, 1);
  const some = await verdicts("one");
  expect(some.exitCode).toBe(1);
  expect(some.stdout).toContain("× isolation");
}, 60_000);

test("exits with 1 if another cluster has no verification stack", async () => {
  const cluster = configure(`{ access: kubeconfig, path: ${JSON.stringify(join(folder, "kubeconfig"))} }`);
  const other = join(folder, "clusters/two.yaml");
  writeFileSync(
    other,
    `accountId: "210987654321"
oidc: { issuer: ${ISSUER.replace(/.$/, "A")} }
roles: { runner: { namespace: z1-app, createServiceAccount: false, policies: [ReadOnlyAccess] } }
`,
  );
  answer = proven(cluster, 2);
  try {
    const { exitCode, stdout } = await verdicts("-o", "json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { cluster: "one", state: "proven" },
      { cluster: "one", state: "proven" },
      { cluster: "two", state: "not-run", fix: expect.stringContaining("kubernetes") },
      { cluster: "two", state: "not-run", fix: expect.stringContaining("kubernetes") },
    ]);
  } finally {
    rmSync(other);
  }
}, 60_000);

test.each<[string, string, () => { status: number; body: object }, RegExp]>([
  [
    "a refusal of the API server",
    "",
    () => ({ status: 403, body: { message: "jobs is forbidden" } }),
    /403: jobs is forbidden; docs/,
  ],
  [
    "a cluster that no context of the kubeconfig names",
    "{ access: eks, clusterName: prod }",
    () => ({ status: 200, body: {} }),
    /aws eks update-kubeconfig --region eu-west-3 --name prod/,
  ],
])(
  "reports %s in one line",
  async (_, access, respond, expected) => {
    configure(access || `{ access: kubeconfig, path: ${JSON.stringify(join(folder, "kubeconfig"))} }`);
    answer = respond;
    const { exitCode, stderr } = await verdicts();
    expect({ exitCode, lines: stderr.trim().split("\n") }).toEqual({
      exitCode: 1,
      lines: [expect.stringMatching(expected)],
    });
  },
  60_000,
);

test("rejects a cluster that is not declared, and exits with 3 only if there is nothing to read", async () => {
  configure(KUBECONFIG);
  expect(await verdicts("two")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("two") });
  expect(await verdicts("--runner", "qovery")).toMatchObject({ exitCode: 3, stdout: "" });
  configure(KUBECONFIG, "{ runner: none }");
  expect(await verdicts()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("runner") });
  configure(KUBECONFIG, undefined, ", verification: { enabled: false }");
  expect(await verdicts()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no role has a proof") });
}, 60_000);

test("gets the kubeconfig of an EKS cluster with the AWS CLI", async () => {
  configure("{ access: eks, clusterName: prod }");
  const arn = "arn:aws:eks:eu-west-3:123456789012:cluster/prod";
  const kubeconfig = readFileSync(join(folder, "kubeconfig"), "utf8").replaceAll('"local"', JSON.stringify(arn));
  writeFileSync(join(folder, "eks"), kubeconfig);
  const aws = `#!/bin/sh\n[ "$2 $4 $6" = "update-kubeconfig eu-west-3 prod" ] && cp '${folder}/eks' "$8"\n`;
  writeFileSync(join(folder, "aws"), aws, { mode: 0o755 });
  answer = () => ({ status: 200, body: { items: [] } });
  expect(await verdicts()).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining("service account does not exist"),
    stderr: "",
  });
}, 60_000);
