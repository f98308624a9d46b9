import { join, relative } from "node:path";
import { loadProject } from "../../config/load";

const FOLDER = join(__dirname, "../examples/mistakes");

test("every mistake of two files is told at once, each at its line", () => {
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
      [1, "accountId"],
      [2, "region"],
      [5, "oidc.provider"],
      [6, "kubernetes.clusterName"],
      [9, "roles.my role"],
      [13, "roles.wildcard.namespace"],
      [15, "roles.upper.namespace"],
      [16, "roles.no-namespace.namespace"],
      [17, "roles.no-namespace.policies.0"],
      [20, "roles.default-account.serviceAccount"],
      [23, "roles.path-and-session.path"],
      [24, "roles.path-and-session.maxSessionDuration"],
      [26, "warning roles.both.scope"],
      [27, "roles.both.namespace"],
      [28, "roles.twin"],
      [37, "roles.inline.inlinePolicies.send.Statement.0.Effect"],
      [38, "roles.inline.inlinePolicies.send.Statement.0.Action"],
      [40, "roles.keys.namespace"],
      [41, "roles.keys.namspace"],
      [43, "roles.keys.policies.0"],
      [46, "roles.trust.trustedClusters.0"],
      [47, "roles.trust.tags.team"],
    ]),
    ...irsa([
      [3, "state.bucket"],
      [4, "state.region"],
      [5, "state.keyPrefx"],
      [8, "defaults.tags.aws:team"],
      [9, "defaults.permissionsBoundary"],
      [11, "verification.runner"],
    ]),
  ]);
  for (const { message, fix } of problems) {
    expect(message).toMatch(/\S/);
    expect(fix).toMatch(/\S/);
  }
});
