/** An endpoint as the queue needs it. */
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";

export type QueueEndpoint = EndpointMatch & {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly skipAfterMs: number;
  /** Time of the open breaker's next probe; null while the breaker is closed. */
  readonly probeAt: number | null;
};

/**
 * A process keeps endpoints of this weight for matching, and drops those of the apps that were used least recently.
 * One unit is about 100 bytes.
 */
export const CACHED_WEIGHT = 2_000_000;
/** Its object, and its places in maps. */
const OBJECT_WEIGHT = 8;
/** A payload filter is kept as a tree, with a node for each few characters. */
const FILTER_CHARACTERS_OF_UNIT = 4;

/** Returns the weight of an endpoint with its items in the index. */
export function weighEndpoint(endpoint: EndpointMatch): number {
  const { eventTypes, channels, tags, lines, filter } = endpoint;
  const count = (list: readonly string[] | null) => list?.length ?? 0;
  const tree = Math.ceil((filter?.length ?? 0) / FILTER_CHARACTERS_OF_UNIT);
  return OBJECT_WEIGHT + count(eventTypes) + count(channels) + count(tags) + count(lines) + tree;
}

/**
 * Start of the delivery's schedule, which stood still while the endpoint was parked. `parkedMs` of the row is
 * the endpoint's parked time when the delivery was created.
 */
export function scheduleStart(
  row: { readonly baseAt: number; readonly parkedMs: number },
  endpoint: Pick<QueueEndpoint, "parkedMs">,
): number {
  return row.baseAt + endpoint.parkedMs - row.parkedMs;
}

/** The same in SQL, for the names of a delivery and of its endpoint. */
export function scheduleStartSql(row: string, endpoint: string): string {
  return `${row}.base_at + ${endpoint}.parked_ms - ${row}.parked_ms`;
}
