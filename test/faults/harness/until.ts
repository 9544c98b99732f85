/** Looks until it is so. Says what it waited for when it never is, so that no test hangs. */
import { setTimeout as sleep } from "node:timers/promises";

const POLL_INTERVAL_MS = 10;
const DEADLINE_MS = 60_000;

export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`after ${deadlineMs} ms still not: ${what}`);
    await sleep(POLL_INTERVAL_MS);
  }
}
