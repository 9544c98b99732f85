/** The rule by which a delivery that is due now goes straight to its lane instead of into the queue. */
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";

/** Large payloads wait in the queue instead of in memory, except for a few. */
const LARGE_PAYLOAD_BYTES = 16 * 1024;
const LARGE_ROOM = 32;

/**
 * `leased` is the number of the endpoint's leased deliveries, and `room` the number that its lane may hold. The
 * caller knows that the shard's owner takes such deliveries.
 */
export function mayLeaseAtOnce(
  { status }: Pick<EndpointMatch, "status">,
  p: {
    readonly isBreakerOpen: boolean;
    readonly bytes: number;
    readonly leased: number;
    readonly room: number;
  },
): boolean {
  if (status !== "enabled" || p.isBreakerOpen) return false;
  return p.leased < (p.bytes > LARGE_PAYLOAD_BYTES ? Math.min(LARGE_ROOM, p.room) : p.room);
}
