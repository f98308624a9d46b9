import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Candidate, inTurn, ratios, spread } from "./measure";
import { formatSpread, markdownTable, writeResult } from "./results";

const ROOT = join(__dirname, "..");
const ROUNDS = 11;
const CLUSTERS = 5;

/** The ratios are those of the CPU time to `check` of 100 roles; seconds are wall time, and CPU time for the unknown keys. */
const BUDGET = { ratioOf10000Roles: 5, secondsOf100Roles: 1, secondsOfUnknownKeys: 2 };

/**
 * Measures `check` of 100 roles, of 10,000 roles and of a file with unknown keys in turn, writes bench/results.json and
 * prints a table.
 * @throws Error if a run does not have the expected exit code
 */
export async function benchCheck(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-check-"));
  try {
    const candidates = [
      candidate("100 roles", clusterFiles(100), join(folder, "100"), 0),
      candidate("10,000 roles", clusterFiles(10_000), join(folder, "10000"), 0),
      candidate("0.9 MB of unknown keys", { one: unknownKeys(900_000) }, join(folder, "unknown"), 1),
    ];
    const runs = await inTurn(candidates, ROUNDS);
    const rows = candidates.map(({ name }, index) => {
      const [own = [], reference = []] = [runs[index], runs[0]];
      return {
        name,
        wall: spread(own.map(({ wall }) => wall)),
        cpu: spread(own.map(({ cpu }) => cpu)),
        peak: spread(own.map(({ peak }) => peak)),
        wallRatio: ratios(own, reference, "wall"),
        cpuRatio: ratios(own, reference, "cpu"),
      };
    });
    writeResult("check", { rounds: ROUNDS, clusters: CLUSTERS, budget: BUDGET, rows });
    const cells = rows.map(({ name, wall, cpu, cpuRatio, peak }) => [
      name,
      formatSpread(wall, 2),
      formatSpread(cpu, 2),
      formatSpread(cpuRatio, 2),
      `${(peak.median / 1e6).toFixed(0)} MB`,
    ]);
    process.stdout.write(markdownTable([["check", "wall (s)", "CPU (s)", "CPU ÷ 100 roles", "peak memory"], ...cells]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function candidate(
  name: string,
  clusters: Readonly<Record<string, string>>,
  folder: string,
  exitCode: number,
): Candidate {
  mkdirSync(join(folder, "clusters"), { recursive: true });
  writeFileSync(join(folder, "irsa.yaml"), "state: { backend: local }\n");
  for (const [cluster, text] of Object.entries(clusters))
    writeFileSync(join(folder, "clusters", `${cluster}.yaml`), text);
  const command = [process.execPath, "--import", "tsx", join(ROOT, "commands", "check.ts")];
  return { name, command, env: { ...process.env, IRSA_CONFIG: join(folder, "irsa.yaml") }, exitCode };
}

function cluster(index: number): string {
  return `accountId: "123456789012"
oidc: { issuer: https://oidc.eks.eu-west-3.amazonaws.com/id/${String(index).padStart(32, "A")} }
kubernetes: { access: eks, clusterName: qovery-${index} }
`;
}

function clusterFiles(roles: number): Record<string, string> {
  const role = (name: string) => `  ${name}: { namespace: z-${name}, policies: [AmazonSQSReadOnlyAccess] }\n`;
  return Object.fromEntries(
    Array.from({ length: CLUSTERS }, (_, index) => {
      const names = Array.from({ length: roles / CLUSTERS }, (_, number) => `role-${index}-${number}`);
      return [`cluster-${index}`, `${cluster(index)}roles:\n${names.map(role).join("")}`];
    }),
  );
}

function unknownKeys(size: number): string {
  const lines = [cluster(0)];
  for (let length = 0; length < size; length += lines.at(-1)?.length ?? 0) lines.push(`nonsense${lines.length}: x\n`);
  return lines.join("");
}
