import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";

/** Where the command line writes to. */
export interface StandardStream {
  readonly isTTY: boolean;
  /** Writes a text, or as much of it as can be written; never fails. */
  write(text: string): void;
}

/** How long a reader that reads nothing is waited for, in milliseconds. A report fits into an empty pipe whole. */
const PATIENCE = 1000;

/** Between two tries to write to a full pipe, in milliseconds. */
const PAUSE = 20;

/**
 * Standard output or error by its descriptor. Whatever became of it (closed, broken, a pipe that nobody reads) must not
 * change or delay how the process ends, so it is written without Node's stream, which blocks on a full pipe for ever.
 */
export function standardStream(descriptor: 1 | 2): StandardStream {
  return {
    get isTTY() {
      // Loaded here, since it loads the network with it.
      return isCharacterDevice(descriptor) && process.getBuiltinModule("node:tty").isatty(descriptor);
    },
    write: (text) => {
      try {
        writeAll(descriptor, Buffer.from(text));
      } catch {
        // Closed or broken: there is nobody to tell.
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
  const pipe = ownPipe(descriptor);
  try {
    const late = Date.now() + PATIENCE;
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync(pipe ?? descriptor, bytes, written);
      } catch (error) {
        // The other end may have made it non-blocking for both of us, so that this happens on every kind of stream.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || Date.now() > late) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      }
    }
  } finally {
    if (pipe !== undefined) closeSync(pipe);
  }
}

/**
 * The same pipe or terminal opened anew, so that writing to it does not block, and stays as it is for whoever shares ours.
 * A socket, and another user's pipe, cannot be opened: libuv makes them non-blocking for all, as it does for every Node.
 */
function ownPipe(descriptor: number): number | undefined {
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    new (process.getBuiltinModule("node:net").Socket)({ fd: descriptor, readable: false, writable: true });
    return undefined;
  }
}
