import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadProject } from "../../config/load";
import { load } from "./files";

const FOLDER = join(__dirname, "../examples/mistakes");

test("each proposed fix of the mistakes holds", () => {
  const names = ["irsa.yaml", "clusters/production.yaml"];
  const files = names.map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]);
  expect(load(Object.fromEntries(files)).problems.length).toBeGreaterThan(20);
});

test("reports every mistake of two files in one run", () => {
  const { problems, project } = loadProject(join(FOLDER, "irsa.yaml"));
  const found = problems.map(
    ({ file, line, path, severity }) =>
      `${relative(FOLDER, file)}:${line} ${severity === "warning" ? "warning " : ""}${path}`,
  );
  const cluster = (places: readonly [number, string][]) =>
    places.map(([line, path]) => `clusters/production.yaml:${line} ${path}`);
  const irsa = (places: readonly [number, string][]) => places.map(([line, path]) => `irsa.yaml:${line} ${path}`);
  expect(project).toBeUndefined();
  expect(found).toEqual([
    ...cluster([
      [2, "accountId"],
      [3, "region"],
      [6, "oidc.provider"],
      [7, "kubernetes.clusterName"],
      [10, "roles.my role"],
      [14, "roles.wildcard.namespace"],
      [16, "roles.upper.namespace"],
      [17, "roles.no-namespace.namespace"],
      [18, "roles.no-namespace.policies.0"],
      [21, "roles.default-account.serviceAccount"],
      [24, "roles.path-and-session.path"],
      [25, "roles.path-and-session.maxSessionDuration"],
      [27, "warning roles.both.scope"],
      [28, "roles.both.namespace"],
      [29, "roles.twin"],
      [38, "roles.inline.inlinePolicies.send.Statement.0.Effect"],
      [39, "roles.inline.inlinePolicies.send.Statement.0.Action"],
      [41, "roles.keys.namespace"],
      [42, "roles.keys.namspace"],
      [44, "roles.keys.policies.0"],
      [47, "roles.trust.trustedClusters.0"],
      [48, "roles.trust.tags.team"],
    ]),
    ...irsa([
      [4, "state.bucket"],
      [5, "state.region"],
      [6, "state.keyPrefx"],
      [9, "defaults.tags.aws:team"],
      [10, "defaults.permissionsBoundary"],
      [12, "verification.runner"],
    ]),
  ]);
});
