import { benchVerifier } from "../bench/verifier";

// npm run bench -- verifier: measures side by side what the README claims, and writes bench/results.json and its table.

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { verifier: benchVerifier };

const bench = BENCHES[process.argv[2] ?? ""];
if (bench) {
  bench().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
} else {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join("|")}\n`);
  process.exitCode = 2;
}
