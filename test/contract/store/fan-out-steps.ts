/** Steps of the cases about large fan-outs, where a publish makes three deliveries in its transaction. */
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import { newEvent } from "./fixtures.ts";
import { START } from "./harness.ts";
import { claimDue, ENDLESS_MS } from "./steps.ts";

export const FEW_INLINE = { inlineDeliveries: 3 } as const;

/** An event whose payload is a number. */
export function numbered(n: number, fields: Partial<NewEvent> = {}): NewEvent {
  return newEvent({ payloadText: String(n), ...fields });
}

export function severalEvents(count: number, fields: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: count }, (_, n) => numbered(n + 1, fields));
}

/** Runs one part. Returns the number of its deliveries. */
export async function part(store: Store, limit: number, after = 0): Promise<number> {
  const { made } = await store.fanOuts.step({ now: START, after, limit, sliceMs: ENDLESS_MS });
  return made;
}

/** Runs parts until none is left. Returns the number of their deliveries. */
export async function runParts(store: Store, limit = 100): Promise<number> {
  let all = 0;
  let after = 0;
  for (let parts = 0; parts < 1_000; parts++) {
    const { made, next } = await store.fanOuts.step({
      now: START,
      after,
      limit,
      sliceMs: ENDLESS_MS,
    });
    all += made;
    if (next === null) return all;
    after = next;
  }
  throw new Error("the fan-out does not end");
}

/** Leases the due deliveries: each endpoint's id with the number in the payload, sorted. */
export async function claimNumbers(store: Store, now = START): Promise<readonly string[]> {
  return toNumbers(await claimDue(store, now));
}

export function toNumbers(leased: readonly LeasedDelivery[]): readonly string[] {
  return leased.map(({ endpointId, snapshot }) => `${endpointId} ${snapshot.payloadText}`).sort();
}
