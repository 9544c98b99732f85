/**
 * Finds messages by the events that created them, without an index. Messages are numbered in the order of their
 * events, so each search halves the table, from where the last one ended.
 */
import type { Connection } from "../connection.ts";

/** The numbers of the messages, in the order of the events. */
export function findCreatedMessages(
  { arrays }: Connection,
  eventSeqs: readonly number[],
): readonly number[] {
  const read = arrays("SELECT seq, eventSeq FROM message WHERE seq >= ? ORDER BY seq LIMIT 1");
  const rowAt = (seq: number) =>
    read.get(seq) as unknown as readonly [seq: number, eventSeq: number] | undefined;
  const found: number[] = [];
  // Messages before `low`, and the one at it, are of earlier events.
  let low = 0;
  for (const eventSeq of eventSeqs.toSorted((a, b) => a - b)) {
    const isEarlier = (seq: number) => (rowAt(seq)?.[1] ?? Infinity) < eventSeq;
    let distance = 1;
    while (isEarlier(low + distance)) {
      low += distance;
      distance *= 2;
    }
    let high = low + distance;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (isEarlier(middle)) low = middle;
      else high = middle;
    }
    const row = rowAt(high);
    if (row?.[1] === eventSeq) found.push(row[0]);
  }
  return found;
}
