import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { samplePod, startSampleAws } from "../local/sample";
import { inPod } from "../local/simulated-pod";
import { containerTool } from "../packaging/container";
import { packageVerifier } from "../packaging/package";
import { packageWithPkg } from "../packaging/pkg";
import { DIST, EXECUTABLES, ownArchitecture } from "../packaging/verifier-command";
import { AWS_CLI } from "./aws-cli";
import { type Candidate, inTurn, type Measurement, ratios, type Spread, spread } from "./measure";
import { smallestLimit } from "./memory-limit";
import { formatSpread, markdownTable, writeResult } from "./results";
import { startTlsFront } from "./tls-front";

const IMAGE = "qovery-irsa-verifier:bench";
const ROUNDS = 41;

/** The most that the executable and its image can cost. Sizes in bytes; wall time as a ratio to `aws s3 ls`. */
const BUDGET = { wallRatio: 0.17, memoryLimit: 20_000_000, image: 52_000_000 };

interface Build extends Candidate {
  readonly file?: string;
}

interface Row {
  readonly name: string;
  /** Seconds. */
  readonly wall: Spread;
  /** Seconds. */
  readonly cpu: Spread;
  /** Bytes of the largest resident set. */
  readonly peak: Spread;
  readonly wallRatio: Spread;
  readonly cpuRatio: Spread;
  /** Bytes, or the reason why the limit was not measured. */
  readonly memoryLimit: number | string;
  /** Bytes. */
  readonly file: number | null;
  readonly compressed: number | null;
}

/**
 * Packages the verifier, measures each of its builds and `aws s3 ls` in turn against the embedded AWS over TLS, writes
 * bench/results.json and prints a table.
 * @throws Error if a run fails
 */
export async function benchVerifier(): Promise<void> {
  const architecture = ownArchitecture();
  if (!architecture) throw new Error("the executables can be built and measured on Linux only");
  // All files are equally new, so that the page cache holds all of them.
  await packageVerifier([architecture]);
  await packageWithPkg();
  const rows = await measured(EXECUTABLES[architecture]);
  const image = imageSize();
  writeResult("verifier", { transport: "TLS", rounds: ROUNDS, budget: BUDGET, image, rows });
  process.stdout.write(table(rows, image));
}

async function measured(executable: string): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const aws = await startSampleAws();
  const front = await startTlsFront(aws.endpoint, folder);
  try {
    return await inPod({ ...samplePod(aws), endpoint: front.endpoint }, async (variables) => {
      const env = { ...variables, PATH: process.env.PATH, HOME: folder };
      // Both programs load the public authorities, as in a pod, and the front's certificate.
      const verifierEnv = { ...env, NODE_EXTRA_CA_CERTS: front.certificate };
      const build = (name: string, ...command: string[]): Build => ({
        name,
        command,
        env: verifierEnv,
        file: command.at(-1) ?? "",
      });
      const builds: Build[] = [
        build(`dist/${executable}`, join(DIST, executable)),
        build("node dist/verifier.cjs", process.execPath, join(DIST, "verifier.cjs")),
        build("dist/verifier-pkg", join(DIST, "verifier-pkg")),
        {
          name: "aws s3 ls",
          command: [AWS_CLI, "s3", "ls"],
          env: { ...env, AWS_CA_BUNDLE: front.bundle },
          // With cached credentials the AWS CLI does not call STS.
          before: () => rmSync(join(folder, ".aws"), { recursive: true, force: true }),
        },
      ];
      return rowsOf(builds, await inTurn(builds, ROUNDS));
    });
  } finally {
    front.stop();
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rowsOf(builds: readonly Build[], runs: readonly Measurement[][]): Promise<Row[]> {
  const reference = runs.at(-1) ?? [];
  const rows: Row[] = [];
  for (const [index, build] of builds.entries()) {
    const own = runs[index] ?? [];
    const bytes = build.file ? readFileSync(build.file) : undefined;
    rows.push({
      name: build.name,
      wall: spread(own.map(({ wall }) => wall)),
      cpu: spread(own.map(({ cpu }) => cpu)),
      peak: spread(own.map(({ peak }) => peak)),
      wallRatio: ratios(own, reference, "wall"),
      cpuRatio: ratios(own, reference, "cpu"),
      memoryLimit: await smallestLimit(build),
      file: bytes?.length ?? null,
      compressed: bytes ? gzipSync(bytes).length : null,
    });
  }
  return rows;
}

/** Returns bytes, or the reason why the image was not built. */
function imageSize(): number | string {
  const tool = containerTool();
  if (!tool) return "not built: needs Docker, Podman or CONTAINER_TOOL";
  tool.build({ tag: IMAGE });
  return tool.size(IMAGE);
}

function table(rows: readonly Row[], image: number | string): string {
  const megabytes = (bytes: number | string | null) =>
    typeof bytes === "number" ? `${(bytes / 1e6).toFixed(1)} MB` : (bytes ?? "–");
  const cells = rows.map((row) => [
    row.name,
    formatSpread(row.wallRatio),
    formatSpread(row.cpuRatio),
    megabytes(row.peak.median),
    megabytes(row.memoryLimit),
    megabytes(row.file),
    megabytes(row.compressed),
  ]);
  const budget = ["budget", String(BUDGET.wallRatio), "–", "–", megabytes(BUDGET.memoryLimit), "–", "–"];
  const header = ["", "wall ÷ aws s3 ls", "CPU ÷ aws s3 ls", "peak memory", "smallest limit", "file", "gzip"];
  return `${markdownTable([header, ...cells, budget])}\nCompressed image: ${megabytes(image)}; budget ${megabytes(BUDGET.image)}.\n`;
}
