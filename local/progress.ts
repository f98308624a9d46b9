import { performance } from "node:perf_hooks";

/** Characters of a result in the table; the whole of it stands at its step. */
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

/** Shows the steps of a long command as they run, each with its time, and a closing table. */
export class Progress {
  private readonly lines: Line[] = [];
  private readonly started = performance.now();

  /** Everything that has been shown. */
  shown = "";

  constructor(
    private readonly output: (text: string) => void,
    /** No step begins once it is aborted. */
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Runs a step; what it returns is shown as its result.
   * @throws what the step throws, after the step's line is ended
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

  /** The table of all steps that passed. */
  table(): string {
    const width = Math.max(...this.lines.map((line) => line.title.length));
    const rows = this.lines.map(
      ({ title, seconds, result }) => `√ ${title.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${cell(result)}`,
    );
    const total = (performance.now() - this.started) / 1000;
    return [...rows, `  ${"total".padEnd(width)} ${total.toFixed(1).padStart(6)} s`].join("\n");
  }
}
