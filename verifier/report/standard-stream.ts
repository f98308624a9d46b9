import { fstatSync, writeSync } from "node:fs";

/** Where the command line writes to. */
export interface StandardStream {
  readonly isTTY: boolean;
  /** Writes a text, or as much of the text as the stream accepts. Never throws. */
  write(text: string): void;
}

/** How long `write` tries again while a non-blocking pipe is full, in milliseconds. An empty pipe holds a whole report. */
const PATIENCE = 1000;

/** Pause between two tries, in milliseconds. */
const PAUSE = 20;

/**
 * Returns standard output or standard error by its descriptor. Writes are synchronous and failures are ignored: a closed
 * or broken stream must not change the exit code.
 */
export function standardStream(descriptor: 1 | 2): StandardStream {
  return {
    get isTTY() {
      // node:tty loads the network modules: only a terminal pays for it.
      return isCharacterDevice(descriptor) && process.getBuiltinModule("node:tty").isatty(descriptor);
    },
    write: (text) => {
      try {
        writeAll(descriptor, Buffer.from(text));
      } catch {
        // The stream is closed or broken: there is nobody to report that to.
      }
    },
  };
}

function isCharacterDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  const late = Date.now() + PATIENCE;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || Date.now() > late) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}
