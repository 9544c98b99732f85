/**
 * The promises of a run: the pending deliveries of each endpoint, the owner of each lease, and the answered
 * changes. The ledger gets every commit and every attempt, and throws at the first broken promise. It
 * computes independently, without a call of the engine.
 */
import { isAccepted, isServerFault, type Outcome } from "../../src/core/delivery/outcome.ts";
import type { NewEvent } from "../../src/core/decide-types.ts";
import type { Publish } from "../../src/store/interface/accept.ts";
import type { Endpoint } from "../../src/store/interface/endpoints.ts";
import type { QueueStore, RecordedOutcome } from "../../src/store/interface/queue.ts";
import type { LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";
import type { PublishReply } from "../../src/store/sqlite/accept/accept.ts";
import {
  checkAttempt,
  type KnownEndpoint,
  type Lease,
  type PendingDelivery,
  type Start,
} from "./check-attempt.ts";
import { createLeftDeliveries } from "./left-deliveries.ts";
import { Broken } from "./promises.ts";
import { isPatienceOver } from "./slots.ts";
import type { Committed } from "./store.ts";

export type Ledger = ReturnType<typeof createLedger>;

/** The engine polls every 30 s at the latest, so a lost notification exceeds this limit. */
const PROMPT_MS = 3000;
const AFTER_CHANGE_MS = 3000;
/** A breaker opens after five failures, or after one more failure while it recovers. */
const RESTED_AFTER = 3;
const LONGEST_REST_MS = 15 * 60_000;
const SLOW_SHARE = 0.75;
const RAMP_MS = 15_000;

export function createLedger(limits: { mostAtOnce: number; inFlight: number }) {
  const pending = new Map<string, PendingDelivery>();
  const leases = new Map<number, Lease>();
  const endpoints = new Map<string, KnownEndpoint>();
  const inFlightByEndpoint = new Map<string, number>();
  let heldBackUntil = 0;
  let isPromptnessChecked = true;

  const toKey = (eventId: string, endpointId: string) => `${eventId} at ${endpointId}`;

  function requireEndpoint(endpointId: string): KnownEndpoint {
    const endpoint = endpoints.get(endpointId);
    if (endpoint === undefined) throw new Error(`the ledger knows no endpoint ${endpointId}`);
    return endpoint;
  }

  function requireDelivery(delivery: {
    endpointId: string;
    snapshot: { eventId: string };
  }): PendingDelivery {
    const key = toKey(delivery.snapshot.eventId, delivery.endpointId);
    const found = pending.get(key);
    if (found === undefined) throw new Broken("accepted is pending", `${key} is not pending`);
    return found;
  }

  const isReceiving = (endpointId: string): boolean =>
    ["enabled", "paused"].includes(requireEndpoint(endpointId).status);
  const left = createLeftDeliveries({
    isMade: (eventId, endpointId) =>
      isReceiving(endpointId) && !pending.has(toKey(eventId, endpointId)),
    onMade: (event, endpointId, now) => addPending(event, endpointId, now),
  });

  function addPending(event: NewEvent, endpointId: string, madeAt: number): void {
    const { id: eventId, orderingKey, deliverAt } = event;
    pending.set(toKey(eventId, endpointId), {
      eventId,
      endpointId,
      scheduledAt: [Math.max(madeAt, deliverAt ?? 0)],
      orderingKey,
      takes: 0,
      lastSlot: 0,
      lastStartedAt: 0,
      failed: null,
    });
  }

  function published(p: Publish, reply: PublishReply): void {
    if (reply.result.kind !== "accepted") return;
    if (left.published(p, reply, [...endpoints.keys()])) return;
    for (const event of p.events) {
      for (const endpointId of endpoints.keys()) {
        if (isReceiving(endpointId)) addPending(event, endpointId, p.acceptedAt);
      }
    }
  }

  /** A replay may create the delivery, and restarts its schedule. */
  function replayed(p: { eventId: string; endpointId: string; now: number }): void {
    const { eventId, endpointId, now } = p;
    const key = toKey(eventId, endpointId);
    const before = pending.get(key);
    pending.set(key, {
      eventId,
      endpointId,
      scheduledAt: [...(before?.scheduledAt ?? []), now],
      orderingKey: null,
      takes: before?.takes ?? 0,
      lastSlot: before?.lastSlot ?? 0,
      lastStartedAt: before?.lastStartedAt ?? 0,
      failed: null,
    });
  }

  function leased(delivery: LeasedDelivery): void {
    const { deliveryId, fence, endpointId } = delivery;
    requireDelivery(delivery);
    const held = leases.get(deliveryId);
    if (held !== undefined && held.delivery.fence === fence) {
      throw new Broken("one lease at a time", `${deliveryId} was leased twice under ${fence}`);
    }
    if (requireEndpoint(endpointId).status !== "enabled") {
      throw new Broken("one lease at a time", `${deliveryId} was leased of a parked endpoint`);
    }
    leases.set(deliveryId, { delivery, isTaken: false, isInFlight: false });
  }

  function recorded(outcome: RecordedOutcome): void {
    const lease = leases.get(outcome.deliveryId);
    // An outcome of a former owner, which the store rejects as well.
    if (lease === undefined || lease.delivery.fence !== outcome.fence) return;
    leases.delete(outcome.deliveryId);
    const { probeAt } = outcome.breaker ?? { probeAt: 0 };
    const endpoint = requireEndpoint(outcome.endpointId);
    endpoint.restsUntil = Math.max(endpoint.restsUntil, probeAt + RAMP_MS);
    const delivery = requireDelivery(lease.delivery);
    const { next } = outcome;
    if (next.state === "delivered" && delivery.takes === 0) {
      throw new Broken(
        "delivered means received",
        `${outcome.deliveryId} was received by no endpoint`,
      );
    }
    if (next.state !== "failed") return;
    delivery.failed = next.reason;
    if (next.reason !== "exhausted") return;
    const { tries } = requireEndpoint(outcome.endpointId);
    const at = delivery.lastStartedAt;
    if (!isPatienceOver({ tries, baseAt: lease.delivery.baseAt, slot: delivery.lastSlot, at })) {
      const early = lease.delivery.baseAt + 72 * 3_600_000 - at;
      throw new Broken(
        "72 hours before it fails",
        `${outcome.deliveryId} failed after slot ${delivery.lastSlot}, ${early} ms early`,
      );
    }
  }

  function changed(after: Endpoint, now: number): void {
    const endpoint = requireEndpoint(after.endpointId);
    if (after.status !== endpoint.status) {
      if (after.status === "enabled") {
        endpoint.parkedMs += now - (endpoint.parkedAt ?? now);
        endpoint.parkedAt = null;
      } else endpoint.parkedAt ??= now;
    }
    endpoint.status = after.status;
    endpoint.url = after.url;
    endpoint.answered = null;
    endpoint.heldBackUntil = Math.max(endpoint.heldBackUntil, now + AFTER_CHANGE_MS);
  }

  /** Allows an endpoint that fails a pause: the one of its answer, or the one of its breaker. */
  function rest(endpoint: KnownEndpoint, outcome: Outcome, now: number): void {
    if (isServerFault(outcome)) return;
    const wasResting = endpoint.restsUntil > now || endpoint.failuresInRow >= RESTED_AFTER;
    const asked = outcome.kind === "response" ? Number(outcome.headers.retryAfter ?? 0) * 1000 : 0;
    endpoint.heldBackUntil = Math.max(endpoint.heldBackUntil, now + asked);
    endpoint.failuresInRow = isAccepted(outcome) ? 0 : endpoint.failuresInRow + 1;
    if (isAccepted(outcome)) endpoint.restsUntil = wasResting ? now + RAMP_MS : now;
    else if (endpoint.failuresInRow >= RESTED_AFTER) endpoint.restsUntil = now + LONGEST_REST_MS;
  }

  return {
    pending,
    endpoints,
    /** Events of large publishes whose deliveries are not all made. */
    leftEvents: left.count,
    addEndpoint(endpoint: Endpoint): void {
      endpoints.set(endpoint.endpointId, {
        endpointId: endpoint.endpointId,
        tries: endpoint.retrySchedule === null ? null : endpoint.retrySchedule.length + 1,
        status: endpoint.status,
        answered: { status: endpoint.status, url: endpoint.url },
        url: endpoint.url,
        parkedAt: null,
        parkedMs: 0,
        heldBackUntil: 0,
        restsUntil: 0,
        failuresInRow: 0,
        inFlight: 0,
      });
    },
    /** All calls of one commit, in their order. */
    committed(calls: readonly Committed[]): void {
      for (const { name, p, value, leased: handed } of calls) {
        if (name === "accept.publish") published(p as Publish, value as PublishReply);
        if (name === "fanOuts.step") left.stepped({ asked: p, stepped: value } as never);
        if (name === "endpoints.update" && value !== null) {
          changed(value as Endpoint, (p as { now: number }).now);
        }
        for (const delivery of handed) leased(delivery);
        if (name === "queue.replay" && value !== null) {
          replayed({ ...(value as Parameters<typeof replayed>[0]), ...(p as { now: number }) });
        }
        if (name === "queue.record") {
          const { outcomes } = p as Parameters<QueueStore["record"]>[0];
          for (const each of outcomes) recorded(each);
        }
        if (name === "queue.release") {
          for (const each of (p as Parameters<QueueStore["release"]>[0]).deliveries) {
            const lease = leases.get(each.deliveryId);
            if (lease?.delivery.fence === each.fence) leases.delete(each.deliveryId);
          }
        }
      }
    },
    /** Notes that a change is answered: I11 applies from now on. */
    answered(endpointId: string): void {
      const endpoint = requireEndpoint(endpointId);
      endpoint.answered = { status: endpoint.status, url: endpoint.url };
    },
    /** Allows a fault of the server to delay everything until then. */
    holdAllBack(until: number): void {
      heldBackUntil = Math.max(heldBackUntil, until);
    },
    checkPromptness(isChecked: boolean): void {
      isPromptnessChecked = isChecked;
    },
    /**
     * Notes the start of an attempt. Returns the functions for its end. Without an outcome the engine never
     * gets a result.
     */
    started(p: Start): { taken(): void; ended(outcome: Outcome | null, endedAt: number): void } {
      const { now, owner } = p;
      const about = toKey(p.eventId, p.endpointId);
      const endpoint = requireEndpoint(p.endpointId);
      const lease = [...leases.values()].find(
        ({ delivery }) =>
          delivery.endpointId === p.endpointId && delivery.snapshot.eventId === p.eventId,
      );
      if (lease === undefined) throw new Broken("one lease at a time", `${about} has no lease`);
      const { delivery } = lease;
      // The limit is that of one lease: after its loss, attempts of its former owner are unknown.
      const ofLane = `${owner} ${delivery.fence} ${p.endpointId}`;
      const mine = inFlightByEndpoint.get(ofLane) ?? 0;
      const ofNode = inFlightByEndpoint.get(owner) ?? 0;
      if (mine >= limits.mostAtOnce || ofNode >= limits.inFlight) {
        throw new Broken("at most the concurrency limit", `${about}: ${mine} and ${ofNode}`);
      }
      const pendingDelivery = requireDelivery(delivery);
      const { orderingKey } = pendingDelivery;
      if (orderingKey !== null && left.isBehind(p.eventId, orderingKey, p.endpointId)) {
        throw new Broken("in the order of the key", `${about} overtook a large publish`);
      }
      checkAttempt({ ...p, about, lease, endpoint, pending: pendingDelivery });
      const mayLeaveAt = Math.max(
        delivery.dueAt,
        heldBackUntil,
        endpoint.heldBackUntil,
        endpoint.restsUntil,
      );
      if (isPromptnessChecked && endpoint.inFlight === 0 && now - mayLeaveAt > PROMPT_MS) {
        throw new Broken(
          "sent within seconds when nothing delays it",
          `${about} was due at ${delivery.dueAt} and left ${now - mayLeaveAt} ms after it could`,
        );
      }
      lease.isInFlight = true;
      endpoint.inFlight += 1;
      inFlightByEndpoint.set(ofLane, mine + 1);
      inFlightByEndpoint.set(owner, ofNode + 1);
      pendingDelivery.lastSlot = delivery.slot;
      pendingDelivery.lastStartedAt = now;
      return {
        // A replay during the attempt has replaced the entry.
        taken: () => void (requireDelivery(delivery).takes += 1),
        ended(outcome, endedAt) {
          lease.isInFlight = false;
          lease.isTaken = outcome !== null && isAccepted(outcome);
          endpoint.inFlight -= 1;
          // Endpoints that are not known to be fast may use this share of the concurrency slots.
          if ((inFlightByEndpoint.get(owner) ?? 0) >= SLOW_SHARE * limits.inFlight - 1) {
            heldBackUntil = Math.max(heldBackUntil, endedAt);
          }
          for (const name of [owner, ofLane]) {
            inFlightByEndpoint.set(name, (inFlightByEndpoint.get(name) ?? 1) - 1);
          }
          if (outcome !== null) rest(endpoint, outcome, endedAt);
        },
      };
    },
  };
}
