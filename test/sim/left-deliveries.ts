/**
 * The deliveries that large publishes leave for later, as the ledger expects them: by publish, event and
 * endpoint. The store says how many a part made; this file says which, from the endpoints at that commit.
 */
import type { Publish } from "../../src/store/interface/accept.ts";
import type { FanOutStore } from "../../src/store/interface/fan-outs.ts";
import type { PublishReply } from "../../src/store/sqlite/accept/accept.ts";

export type LeftEvent = Publish["events"][number] & { readonly acceptedAt: number };
type Waiting = { readonly event: LeftEvent; readonly endpointIds: string[] };
type Step = {
  readonly asked: Parameters<FanOutStore["step"]>[0];
  readonly stepped: Awaited<ReturnType<FanOutStore["step"]>>;
};

export function createLeftDeliveries(p: {
  /** Whether a delivery is made when its turn comes. */
  readonly isMade: (eventId: string, endpointId: string) => boolean;
  readonly onMade: (event: LeftEvent, endpointId: string, now: number) => void;
}) {
  const waiting: Waiting[] = [];
  /** The place of each event in the order of the publishes. */
  const places = new Map<string, number>();
  const toPlace = (eventId: string) => places.get(eventId) ?? Infinity;

  /** Passes the deliveries that are not made now. */
  function passOver({ event, endpointIds }: Waiting): void {
    while (endpointIds[0] !== undefined && !p.isMade(event.id, endpointIds[0])) endpointIds.shift();
  }

  return {
    count: () => waiting.length,
    /** Returns false when the publish made its deliveries itself. */
    published(publish: Publish, { result }: PublishReply, endpointIds: readonly string[]): boolean {
      for (const { id } of publish.events) places.set(id, places.size);
      if (result.kind !== "accepted" || result.fanningOut === undefined) return false;
      for (const [n, event] of publish.events.entries()) {
        if (result.events[n]?.deliveries === 0) continue;
        const { acceptedAt } = publish;
        waiting.push({ event: { ...event, acceptedAt }, endpointIds: [...endpointIds] });
      }
      return true;
    },
    /** One part: events in the order of their publishes, at most `limit` of them. */
    stepped({ asked, stepped }: Step): void {
      let left = stepped.made;
      for (let events = 0; events < asked.limit && stepped.next !== null; events++) {
        const [first] = waiting;
        if (first === undefined) return;
        passOver(first);
        for (; left > 0 && first.endpointIds.length > 0; left--) {
          p.onMade(first.event, first.endpointIds.shift() as string, asked.now);
          passOver(first);
        }
        if (first.endpointIds.length > 0) return;
        waiting.shift();
        if (stepped.made >= asked.limit && left === 0) return;
      }
    },
    /** Whether a delivery of an earlier event with the key is still to be made for the endpoint. */
    isBehind(eventId: string, orderingKey: string, endpointId: string): boolean {
      return waiting.some(
        ({ event, endpointIds }) =>
          event.orderingKey === orderingKey &&
          toPlace(event.id) < toPlace(eventId) &&
          endpointIds.includes(endpointId) &&
          p.isMade(event.id, endpointId),
      );
    },
  };
}
