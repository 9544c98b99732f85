/** Polls until the condition is true. Fails with its name at the deadline, so that no test hangs. */
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
    if (performance.now() > deadline) throw new Error(`after ${deadlineMs} ms not true: ${what}`);
    await sleep(POLL_INTERVAL_MS);
  }
}
