/**
 * A transaction costs several ways to the server, whatever it carries. So under load the next one waits
 * for twice as long as the last one took, and carries more (two nodes, single events: 1.08 statements per
 * delivery instead of 1.44, 2026-11-28). A lone one waits for nothing. It is no longer than that, because
 * a step of an ordering key waits for the one before to be recorded.
 */
const SHARE = 2;
const MOST_MS = 20;

export function batchDelayMs(tookMs: number): number {
  return Math.min(MOST_MS, SHARE * tookMs);
}
