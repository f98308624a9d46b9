import { deployers } from "../../deployer/deployers";
import { PARTITIONS } from "../../iam/partition";
import { loadUnchecked, paths } from "../config/files";
import { filesIn, projectIn, REGIONS } from "./partitions";
import { synthesize } from "./synthesized";

/** Returns the partitions of all ARNs in a value. */
function partitionsOf(value: unknown): Set<string> {
  return new Set([...JSON.stringify(value).matchAll(/\barn:([\w-]+):/g)].map(([, partition = ""]) => partition));
}

test.each(PARTITIONS)("a configuration in the partition %s has ARNs of the partition only", (partition) => {
  expect(loadUnchecked(filesIn(partition)).problems).toEqual([]);
  const project = projectIn(partition);
  for (const [name, stack] of Object.entries(synthesize(project))) {
    expect([name, ...partitionsOf(stack)]).toEqual([name, partition]);
    if (stack.provider.aws) expect(stack.provider.aws[0].region).toBe(REGIONS[partition]);
  }
  for (const role of ["plan", "apply"] as const)
    expect(partitionsOf(deployers(project, role))).toEqual(new Set([partition]));
});

test.each(PARTITIONS)(
  "a configuration in the partition %s rejects policies and boundaries of other partitions",
  (partition) => {
    const files = filesIn(partition);
    const cluster = files["clusters/edge.yaml"] ?? "";
    for (const other of PARTITIONS.filter((candidate) => candidate !== partition)) {
      const foreign = (arn: string) =>
        cluster.replace(arn.replace("arn:", `arn:${partition}:`), arn.replace("arn:", `arn:${other}:`));
      const found = (text: string) => paths(loadUnchecked({ ...files, "clusters/edge.yaml": text }));
      expect(found(foreign("arn:iam::123456789012:policy/own"))).toEqual(["roles.reader.policies.1"]);
      expect(found(foreign("arn:iam::123456789012:policy/team/boundary"))).toEqual(["permissionsBoundary"]);
      expect(found(foreign("arn:s3:::acme/*"))).toEqual(["roles.reader.inlinePolicies.objects.Statement.Resource"]);
    }
  },
);
