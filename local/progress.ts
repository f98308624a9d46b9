import { performance } from "node:perf_hooks";

/** Characters of a result in the table. The step shows the whole result. */
const WIDEST = 110;

function cell(result: string): string {
  const [line = ""] = result.split("\n");
  return line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line;
}

interface Line {
  readonly title: string;
  readonly seconds: number;
  readonly result: string;
}

/** Prints the steps of a long command with their times, and a table at the end. */
export class Progress {
  private readonly lines: Line[] = [];
  private readonly started = performance.now();

  /** All text that was printed. */
  shown = "";

  constructor(
    private readonly output: (text: string) => void,
    /** No step starts after the signal is aborted. */
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Runs a step, and prints the returned text as its result.
   * @throws the error of the step
   */
  async step(title: string, work: () => Promise<string>): Promise<void> {
    this.signal.throwIfAborted();
    this.write(`… ${title}`);
    const started = performance.now();
    try {
      const result = await work();
      const seconds = (performance.now() - started) / 1000;
      this.lines.push({ title, seconds, result });
      this.write(` ${seconds.toFixed(1)} s\n  √ ${result.replaceAll("\n", "\n    ")}\n`);
    } catch (error) {
      this.write("\n");
      throw error;
    }
  }

  private write(text: string): void {
    this.shown += text;
    this.output(text);
  }

  /** Returns the table of all steps that passed. */
  table(): string {
    const width = Math.max(...this.lines.map((line) => line.title.length));
    const rows = this.lines.map(
      ({ title, seconds, result }) => `√ ${title.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${cell(result)}`,
    );
    const total = (performance.now() - this.started) / 1000;
    return [...rows, `  ${"total".padEnd(width)} ${total.toFixed(1).padStart(6)} s`].join("\n");
  }
}
