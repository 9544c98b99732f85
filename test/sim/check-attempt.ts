/** Whether an attempt may start now: under its lease, once, to whom and when it was promised. */
import type { EndpointStatus } from "../../src/core/endpoint-match.ts";
import type { LeasedDelivery } from "../../src/store/leased-delivery.ts";
import { Broken } from "./promises.ts";
import { checkSlot } from "./slots.ts";

export type Lease = { readonly delivery: LeasedDelivery; isTaken: boolean; isInFlight: boolean };

export type PendingDelivery = {
  readonly eventId: string;
  readonly endpointId: string;
  /** Accept or `deliverAt`, and its replays, of which one that came while it was leased counts not. */
  readonly scheduledAt: readonly number[];
  readonly orderingKey: string | null;
  takes: number;
  lastSlot: number;
  lastStartedAt: number;
  failed: string | null;
};

export type KnownEndpoint = {
  readonly endpointId: string;
  /** Attempts in all, where it has a schedule of pauses. */
  readonly tries: number | null;
  status: EndpointStatus;
  /** As the last change whose answer came said; null while one is under way. */
  answered: { readonly status: EndpointStatus; readonly url: string } | null;
  url: string;
  parkedAt: number | null;
  parkedMs: number;
  /** Until then something of its own may hold its deliveries back. */
  heldBackUntil: number;
  /** Until then its breaker may be open, or it is only just recovering. */
  restsUntil: number;
  failuresInRow: number;
  inFlight: number;
};

export type Start = {
  readonly owner: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly url: string;
  readonly now: number;
  /** Who holds the shard by the store's own table, and under which fence. */
  readonly shard: (shard: number) => { owner: string | null; fence: number; leaseUntil: number };
  /** Earlier pending deliveries of its key, when it has not waited long enough to be let go. */
  readonly predecessors: (delivery: LeasedDelivery) => number;
};

export function checkAttempt(
  p: Start & {
    readonly about: string;
    readonly lease: Lease;
    readonly endpoint: KnownEndpoint;
    readonly owed: PendingDelivery;
  },
): void {
  const { about, now, endpoint, lease } = p;
  const { delivery } = lease;
  const held = p.shard(delivery.shard);
  if (held.owner !== p.owner || held.fence !== delivery.fence || held.leaseUntil <= now) {
    throw new Broken("sent under a lease that holds", `${about} by ${p.owner}`);
  }
  if (lease.isInFlight) throw new Broken("one attempt at a time", about);
  if (lease.isTaken) throw new Broken("taken once under one lease", about);
  const { answered } = endpoint;
  if (answered !== null && answered.status !== "enabled") {
    throw new Broken("nothing starts after a disable was answered", about);
  }
  if (answered !== null && answered.url !== p.url) {
    throw new Broken("nothing older starts after an edit was answered", `${about}: ${p.url}`);
  }
  if (p.owed.orderingKey !== null && delivery.trigger === "scheduled") {
    const before = p.predecessors(delivery);
    if (before > 0) throw new Broken("in the order of the key", `${about}: ${before} before it`);
  }
  if (now < delivery.dueAt) throw new Broken("never before it is due", about);
  const movedMs = Math.min(
    ...p.owed.scheduledAt.map((at) => delivery.baseAt - at).filter((ms) => ms >= 0),
  );
  if (movedMs > endpoint.parkedMs) {
    throw new Broken("parked time does not count", `${about}: moved by ${movedMs} ms`);
  }
  if (delivery.trigger === "manual") return;
  const wrong = checkSlot({ ...endpoint, delivery, now });
  if (wrong !== null) throw new Broken("every slot at its time", `${about}: ${wrong}`);
}
