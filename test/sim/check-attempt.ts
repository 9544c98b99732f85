/** Checks that an attempt may start now: under its lease, once, with the right endpoint, and on time. */
import type { EndpointStatus } from "../../src/core/events/endpoint-match.ts";
import type { LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";
import { Broken } from "./promises.ts";
import { checkSlot } from "./slots.ts";

export type Lease = { readonly delivery: LeasedDelivery; isTaken: boolean; isInFlight: boolean };

export type PendingDelivery = {
  readonly eventId: string;
  readonly endpointId: string;
  /**
   * The instants of acceptance or `deliverAt`, and of its replays. A replay during a lease does not count.
   */
  readonly scheduledAt: readonly number[];
  readonly orderingKey: string | null;
  takes: number;
  lastSlot: number;
  lastStartedAt: number;
  failed: string | null;
};

export type KnownEndpoint = {
  readonly endpointId: string;
  /** The number of attempts of a schedule of pauses; null for the schedule of 72 hours. */
  readonly tries: number | null;
  status: EndpointStatus;
  /** The settings of the last answered change; null while a change is in progress. */
  answered: { readonly status: EndpointStatus; readonly url: string } | null;
  url: string;
  parkedAt: number | null;
  parkedMs: number;
  /** Until this instant the endpoint's settings or answers may delay its deliveries. */
  heldBackUntil: number;
  /** Until this instant the breaker may be open, or recovering. */
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
  /** The owner and the fence of the shard in the store's table. */
  readonly shard: (shard: number) => { owner: string | null; fence: number; leaseUntil: number };
  /** The number of earlier pending deliveries of its key. It is 0 once the wait for them has timed out. */
  readonly predecessors: (delivery: LeasedDelivery) => number;
};

export function checkAttempt(
  p: Start & {
    readonly about: string;
    readonly lease: Lease;
    readonly endpoint: KnownEndpoint;
    readonly pending: PendingDelivery;
  },
): void {
  const { about, now, endpoint, lease } = p;
  const { delivery } = lease;
  const held = p.shard(delivery.shard);
  if (held.owner !== p.owner || held.fence !== delivery.fence || held.leaseUntil <= now) {
    throw new Broken("sent under a valid lease", `${about} by ${p.owner}`);
  }
  if (lease.isInFlight) throw new Broken("one attempt at a time", about);
  if (lease.isTaken) throw new Broken("received once under one lease", about);
  const { answered } = endpoint;
  if (answered !== null && answered.status !== "enabled") {
    throw new Broken("no attempt starts after a disable is answered", about);
  }
  if (answered !== null && answered.url !== p.url) {
    throw new Broken("no older version starts after an edit is answered", `${about}: ${p.url}`);
  }
  if (p.pending.orderingKey !== null && delivery.trigger === "scheduled") {
    const before = p.predecessors(delivery);
    if (before > 0) throw new Broken("in the order of the key", `${about}: ${before} before it`);
  }
  if (now < delivery.dueAt) throw new Broken("never before it is due", about);
  const movedMs = Math.min(
    ...p.pending.scheduledAt.map((at) => delivery.baseAt - at).filter((ms) => ms >= 0),
  );
  if (movedMs > endpoint.parkedMs) {
    throw new Broken("parked time does not count", `${about}: moved by ${movedMs} ms`);
  }
  if (delivery.trigger === "manual") return;
  const wrong = checkSlot({ ...endpoint, delivery, now });
  if (wrong !== null) throw new Broken("every slot at its time", `${about}: ${wrong}`);
}
