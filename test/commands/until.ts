import { setTimeout } from "node:timers/promises";

/** Waits until something is so. @throws Error after `seconds` */
export async function until(holds: () => boolean, seconds = 20): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !holds(); await setTimeout(50)) {
    if (Date.now() > end) throw new Error(`not so after ${seconds} s: ${holds}`);
  }
}
