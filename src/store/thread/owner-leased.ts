/**
 * Leased deliveries on their way to another thread. A copy between threads loses the members of a snapshot that are
 * parsed when they are first read, so the text of those is sent. Deliveries of one event share its snapshot.
 */
import { toSnapshot, writeSnapshot } from "../accept/snapshot-text.ts";
import type { LeasedDelivery } from "../queue/leased-delivery.ts";
import type { Snapshot } from "../../core/snapshot.ts";

type WrittenDelivery = Omit<LeasedDelivery, "snapshot"> & { readonly event: number };

export type OwnerLeased = {
  readonly events: readonly ReturnType<typeof writeSnapshot>[];
  readonly deliveries: readonly WrittenDelivery[];
};

export function writeOwnerLeased(leased: readonly LeasedDelivery[]): OwnerLeased {
  const places = new Map<Snapshot, number>();
  const deliveries = leased.map(({ snapshot, ...delivery }): WrittenDelivery => {
    const event = places.get(snapshot) ?? places.size;
    places.set(snapshot, event);
    return { ...delivery, event };
  });
  return { events: Array.from(places.keys(), writeSnapshot), deliveries };
}

export function readOwnerLeased({ events, deliveries }: OwnerLeased): readonly LeasedDelivery[] {
  const snapshots = events.map(({ facts, participants }) => toSnapshot(facts, participants));
  return deliveries.map(({ event, ...delivery }) => ({
    ...delivery,
    snapshot: snapshots[event] as Snapshot,
  }));
}
