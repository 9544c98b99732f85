/** Steps of many cases of the suite. */
import { randomBytes } from "node:crypto";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import { createIdSource } from "../../../src/core/ids/ids.ts";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import type { PageRequest } from "../../../src/store/page.ts";
import type { IdempotencyKey } from "../../../src/store/idempotency.ts";
import { mustPublish, newAttempt, newEvent, outcome } from "./fixtures.ts";
import { START } from "./harness.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const OWNER = "node-a";

const ids = createIdSource({ now: () => START, randomBytes: (count) => randomBytes(count) });
export const nextId = ids.next;

export function idempotencyKey(key: string, bodyHash = "body"): IdempotencyKey {
  return { scope: "caller POST /path", key, bodyHash, expiresAt: START + DAY };
}

/** The first page of a list, newest first. */
export function firstPage(more: Partial<PageRequest> = {}): PageRequest {
  return { after: null, limit: 50, backward: false, ascending: false, ...more };
}

/** Publishes one event at the given instant and returns its id. */
export async function publishAt(
  store: Store,
  appRef: string,
  acceptedAt: number,
  fields: Partial<NewEvent> = {},
): Promise<string> {
  const event = newEvent(fields);
  await mustPublish(store, appRef, [event], { acceptedAt });
  return event.id;
}

/** Holds all shards and leases the due deliveries. */
export async function claimDue(store: Store, now: number): Promise<readonly LeasedDelivery[]> {
  await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
  const { endpointIds } = await store.queue.dueEndpoints({
    owner: OWNER,
    now,
    limit: 100,
    except: [],
  });
  const endpoints = endpointIds.map((endpointId) => ({ endpointId, room: 1_000 }));
  const { leased } = await store.queue.claim({ owner: OWNER, now, endpoints });
  return leased;
}

/** Records one attempt of each delivery, at `at` and all with the same result. */
export async function finish(
  store: Store,
  leased: readonly LeasedDelivery[],
  next: RecordedOutcome["next"],
  p: { at: number; statusCode?: number },
): Promise<void> {
  const succeeded = next.state === "delivered";
  const statusCode = p.statusCode ?? (succeeded ? 200 : 500);
  const outcomes = leased.map((delivery) => ({
    ...outcome(delivery, next),
    attempt: newAttempt({ at: p.at, statusCode, succeeded, trigger: delivery.trigger }),
  }));
  const { stale } = await store.queue.record({ outcomes, now: p.at });
  if (stale.length > 0) throw new Error(`stale: ${stale.join()}`);
}

/** Steps with it end by their counts alone, on the slowest machine too. */
export const ENDLESS_MS = 3_600_000;

/** Sweeps until nothing is left to do, and returns the number of slices. */
export async function sweepAll(
  store: Store,
  now: number,
  more: { retentionMs?: number; sliceMs?: number } = {},
): Promise<number> {
  const p = { retentionMs: 30 * DAY, dedupeWindowMs: 2 * DAY, sliceMs: ENDLESS_MS, ...more };
  for (let slices = 1; slices < 2_000; slices++) {
    const { busy } = await store.upkeep.sweep({ now, ...p });
    if (!busy) return slices;
  }
  throw new Error("the sweep does not end");
}
