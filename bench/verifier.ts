import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { imageSize } from "../local/container";
import { samplePod, startSampleAws } from "../local/sample";
import { inPod } from "../local/simulated-pod";
import { packageVerifier } from "../packaging/package";
import { packageWithPkg } from "../packaging/pkg";
import { EXECUTABLES, ownArchitecture } from "../packaging/verifier-command";
import { AWS_CLI } from "./aws-cli";
import { type Candidate, inTurn, type Measurement, ratios, type Spread, spread } from "./measure";
import { smallestLimit } from "./memory-limit";

const ROOT = join(__dirname, "..");
const RESULTS = join(__dirname, "results.json");
const README = join(ROOT, "README.md");

/** What `dist/verifier` and its image may cost at the most; bytes, and parts of what the AWS CLI takes. */
const BUDGET = { wallRatio: 0.15, versionRatio: 0.06, memoryLimit: 20_000_000, image: 52_000_000 };

/** Rounds of all candidates in turn. */
const ROUNDS = 41;

interface Figures {
  readonly wall: Spread;
  readonly cpu: Spread;
  readonly peak: Spread;
  readonly wallRatio: Spread;
  readonly cpuRatio: Spread;
}

interface Row {
  readonly name: string;
  /** Proof of access, or `aws s3 ls`. */
  readonly run: Figures;
  readonly version: Figures;
  /** Bytes. */
  readonly memoryLimit: number | string;
  readonly fileBytes: number | null;
  readonly compressedBytes: number | null;
}

/**
 * Packages the verifier, and measures its builds and `aws s3 ls` against the same embedded AWS, in turn.
 * @throws Error where the AWS CLI is missing, or a run does not end well
 */
export async function benchVerifier(): Promise<void> {
  const architecture = ownArchitecture();
  if (!architecture) throw new Error("executables are made, and measured, on Linux alone");
  // What is measured is what the sources make; and where each file is as new as in an image that was just pulled, none
  // is slower for the page cache's having dropped parts of it.
  await packageVerifier([architecture]);
  await packageWithPkg();
  const aws = await startSampleAws();
  const home = mkdtempSync(join(tmpdir(), "bench-home-"));
  try {
    await inPod(samplePod(aws), async (podEnvironment) => {
      const env = { ...podEnvironment, PATH: process.env.PATH, HOME: home };
      const rows = await measureAll(candidates(EXECUTABLES[architecture], env, home));
      const image = imageSize();
      const result = {
        date: new Date().toISOString().slice(0, 10),
        command: "npm run bench -- verifier",
        rounds: ROUNDS,
        budget: BUDGET,
        image,
        rows,
      };
      writeFileSync(RESULTS, `${JSON.stringify(result, null, 2)}\n`);
      const table = markdown(result.date, rows, image);
      writeFileSync(
        README,
        readFileSync(README, "utf8").replace(/(<!-- bench:verifier -->\n)[\s\S]*?(<!-- \/bench -->)/, `$1${table}$2`),
      );
      process.stdout.write(table);
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
    await aws.stop();
  }
}

interface Build {
  readonly name: string;
  readonly command: readonly string[];
  readonly file?: string;
  readonly arguments: readonly string[];
  readonly before?: () => void;
}

function candidates(executable: string, env: NodeJS.ProcessEnv, home: string): (Build & { env: NodeJS.ProcessEnv })[] {
  const dist = (name: string) => join(ROOT, "dist", name);
  const build = (name: string, file: string, command: readonly string[]): Build => ({
    name,
    file,
    command,
    arguments: [],
  });
  return [
    build(`\`dist/${executable}\``, dist(executable), [dist(executable)]),
    build("`node dist/verifier.cjs`", dist("verifier.cjs"), [process.execPath, dist("verifier.cjs")]),
    build("`dist/verifier-pkg`", dist("verifier-pkg"), [dist("verifier-pkg")]),
    {
      name: "`aws s3 ls`",
      command: [AWS_CLI],
      arguments: ["s3", "ls"],
      // With a cache of credentials the AWS CLI would not call STS at all.
      before: () => rmSync(join(home, ".aws"), { recursive: true, force: true }),
    },
  ].map((candidate) => ({ ...candidate, env }));
}

async function measureAll(builds: readonly (Build & { env: NodeJS.ProcessEnv })[]): Promise<Row[]> {
  const runs = await inTurn(
    builds.map((build) => candidate(build, build.arguments)),
    ROUNDS,
  );
  const versions = await inTurn(
    builds.map((build) => candidate(build, ["--version"])),
    ROUNDS,
  );
  const rows: Row[] = [];
  for (const [index, build] of builds.entries()) {
    const bytes = build.file ? readFileSync(build.file) : undefined;
    rows.push({
      name: build.name,
      run: figures(runs, index),
      version: figures(versions, index),
      memoryLimit: await smallestLimit(candidate(build, build.arguments)),
      fileBytes: bytes?.length ?? null,
      compressedBytes: bytes ? gzipSync(bytes).length : null,
    });
  }
  return rows;
}

function candidate(
  { name, command, env, before }: Build & { env: NodeJS.ProcessEnv },
  args: readonly string[],
): Candidate {
  return { name, command: [...command, ...args], env, ...(before ? { before } : {}) };
}

/** A candidate's figures, and their ratios to the last candidate's. */
function figures(runs: readonly (readonly Measurement[])[], index: number): Figures {
  const [own = [], reference = []] = [runs[index], runs.at(-1)];
  return {
    wall: spread(own.map(({ wall }) => wall)),
    cpu: spread(own.map(({ cpu }) => cpu)),
    peak: spread(own.map(({ peak }) => peak)),
    wallRatio: ratios(own, reference, "wall"),
    cpuRatio: ratios(own, reference, "cpu"),
  };
}

function markdown(date: string, rows: readonly Row[], image: number | string): string {
  const ratio = ({ median, min, max }: Spread) => `**${median.toFixed(3)}** (${min.toFixed(3)}–${max.toFixed(3)})`;
  const megabytes = (bytes: number | string | null) =>
    typeof bytes === "number" ? `${(bytes / 1e6).toFixed(bytes % 1e6 === 0 ? 0 : 1)} MB` : (bytes ?? "–");
  const lines = rows.map((row) =>
    [
      row.name,
      ratio(row.run.wallRatio),
      ratio(row.run.cpuRatio),
      ratio(row.version.wallRatio),
      megabytes(row.run.peak.median),
      megabytes(row.memoryLimit),
      megabytes(row.fileBytes),
      megabytes(row.compressedBytes),
    ].join(" | "),
  );
  const seconds = rows.at(-1)?.run.wall.median.toFixed(2);
  return `| | wall time ÷ \`aws s3 ls\` | CPU time ÷ | \`--version\` ÷ \`aws --version\` | peak memory | smallest memory limit | file | gzip |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.map((line) => `| ${line} |`).join("\n")}
| at the most | ${BUDGET.wallRatio} | – | ${BUDGET.versionRatio} | – | ${megabytes(BUDGET.memoryLimit)} | – | – |

Whole processes, ${ROUNDS} rounds in turn on ${date}, median (least–most) of the ratios of each round; \`aws s3 ls\` took ${seconds} s, its credential cache emptied before each run.
The image is ${megabytes(image)} compressed, at the most ${megabytes(BUDGET.image)}. Measured by \`npm run bench -- verifier\`; all figures are in [bench/results.json](bench/results.json).
`;
}
