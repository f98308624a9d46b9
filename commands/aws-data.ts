import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// npm run aws-data: renews the tables of AWS's partitions and managed policies from the pinned dependencies.

interface SdkPartition {
  readonly id: string;
  readonly outputs: { readonly dnsSuffix: string; readonly dualStackDnsSuffix: string };
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, unknown>>;
}

const ROOT = join(__dirname, "..");
const SDK_TABLE = "node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js";

/** Returns the AWS SDK's table of partitions, without pseudo regions such as `aws-global`. */
function partitions(): Record<string, unknown> {
  // The SDK does not export the table. The file contains an object literal only.
  const source = readFileSync(join(ROOT, SDK_TABLE), "utf8");
  const literal = source.slice(source.indexOf("{"), source.lastIndexOf("}") + 1);
  const table = JSON.parse(literal.replace(/,(?=\s*[}\]])/g, "")) as { partitions: SdkPartition[] };
  return Object.fromEntries(
    table.partitions.map(({ id, outputs: { dnsSuffix, dualStackDnsSuffix }, regionRegex, regions }) => [
      id,
      {
        dnsSuffix,
        dualStackDnsSuffix,
        regionRegex,
        regions: Object.keys(regions).filter((region) => !region.endsWith("-global")),
      },
    ]),
  );
}

const MOTO_POLICIES = `
import json
from moto.iam.aws_managed_policies import aws_managed_policies_data
paths = {}
for name, policy in json.loads(aws_managed_policies_data).items():
    paths.setdefault(policy.get("Path", "/"), []).append(name)
print(json.dumps({path: sorted(names) for path, names in sorted(paths.items())}))
`;

/** Returns the names of AWS's managed policies by their path, as moto lists them. */
function managedPolicies(): Record<string, string[]> {
  const python = join(ROOT, ".local/python/bin/python3");
  return JSON.parse(execFileSync(python, ["-c", MOTO_POLICIES], { encoding: "utf8" }));
}

for (const [name, table] of [
  ["aws-partitions.json", partitions()],
  ["aws-managed-policies.json", managedPolicies()],
] as const) {
  writeFileSync(join(ROOT, "iam", name), `${JSON.stringify(table, null, 2)}\n`);
}
