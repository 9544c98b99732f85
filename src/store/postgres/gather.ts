/**
 * A transaction costs several ways to the server, whatever it carries. So under load the next one waits
 * for twice as long as the last one took: most of what it then carries would else have needed one of its
 * own (two nodes, single events: 12 to 25 outcomes per commit). A lone one waits for nothing. It is no
 * more, because a step of an ordering key waits for the one before to be recorded.
 */
const SHARE = 2;
const MOST_MS = 20;

export function gatherMs(tookMs: number): number {
  return Math.min(MOST_MS, SHARE * tookMs);
}
