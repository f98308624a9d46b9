/**
 * Returns `test` where `condition` holds. Elsewhere Jest reports the tests as skipped, with the reason in their titles.
 * @param reason what this machine lacks, as in "needs root"
 */
export function testIf(condition: boolean, reason: string) {
  return (title: string, check: () => unknown, timeout?: number): void => {
    if (condition) test(title, async () => void (await check()), timeout);
    else test.skip(`${title} (skipped: ${reason})`, () => {});
  };
}

/** Whether generated cases run in full numbers (`npm run test:full`) instead of small ones. */
export const FULL = process.env.FULL === "1";

/** A test that takes too long for `npm test`: `npm run test:full` runs it. */
export const fullTest = testIf(FULL, "npm run test:full runs it");
