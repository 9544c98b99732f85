/** Contract: in any sequence of changes, a delivery makes only the transitions of the table. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../harness/property.ts";
import {
  DELIVERY_TRANSITIONS,
  isLegalTransition,
  type DeliveryState,
} from "../delivery-transitions.ts";
import type { EndpointStatus } from "../../../src/core/events/endpoint-match.ts";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, outcome, startEngine } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, step as stepJobs } from "./jobs.ts";
import { claimDue, firstPage, MINUTE, publishAt } from "./steps.ts";

const STEPS = [
  "claim",
  "deliver",
  "fail",
  "retry",
  "give back",
  "pause",
  "disable",
  "enable",
  "replay",
  "recover",
  "expunge",
  "delete endpoint",
  "publish",
] as const;
type Step = (typeof STEPS)[number];
/** A sequence has many events, and an endpoint is deleted once. */
const WEIGHTED = STEPS.flatMap((step): Step[] => {
  if (step === "delete endpoint") return [step];
  return step === "publish" ? [step, step, step, step, step, step] : [step, step, step];
});

const STATUS_OF: Partial<Record<Step, EndpointStatus>> = {
  pause: "paused",
  disable: "disabled",
  enable: "enabled",
  "delete endpoint": "deleted",
};
const LISTENER = "node-listening";

export function testDeliveryTransitions(harness: Harness): void {
  describe("the states of a delivery", () => {
    test("only legal transitions are made, and every one of them occurs", async () => {
      const seen = new Set<string>();
      for (const leasesAtOnce of [true, false]) {
        await using opened = await harness.open({ limits: { pendingDeliveries: 4 } });
        const { store } = opened;
        const { leased } = leasesAtOnce ? await startEngine(store, LISTENER) : { leased: null };
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.constantFrom(...WEIGHTED), { minLength: 20, maxLength: 40 }),
            (steps) => walk(store, { leased, steps, seen }),
          ),
          // The covered transitions must not depend on the seed.
          { numRuns: 30, seed: 4 },
        );
      }
      const never = DELIVERY_TRANSITIONS.filter(({ from, to }) => !seen.has(`${from} ${to}`));
      assert.deepEqual(
        never.map(({ from, to }) => `${from} ${to}`),
        [],
      );
    });
  });
}

async function walk(
  store: Store,
  p: { leased: LeasedDelivery[] | null; steps: readonly Step[]; seen: Set<string> },
): Promise<void> {
  const { app, endpoints } = await makeApp(store, {});
  const endpointRef = endpoints[0]?.endpointId ?? "";
  // Deliveries leased at accept are of this walk's endpoint, because the previous walks are over.
  const leased = p.leased ?? [];
  leased.length = 0;
  const events: string[] = [];
  let states = new Map<string, DeliveryState>();
  let now = START;

  async function record(next: RecordedOutcome["next"]): Promise<void> {
    const delivery = leased.shift();
    if (delivery === undefined) return;
    await store.queue.record({ outcomes: [outcome(delivery, next)], now });
  }
  async function take(step: Step): Promise<void> {
    const status = STATUS_OF[step];
    const last = events.at(-1);
    if (status !== undefined) {
      const ref = { appRef: app.id, ref: endpointRef, now };
      await store.endpoints.update({ ...ref, change: { status } });
    }
    if (step === "publish") events.push(await publishAt(store, app.id, now));
    if (step === "claim")
      leased.push(...(await claimWith(store, p.leased !== null, endpointRef, now)));
    if (step === "deliver") await record({ state: "delivered" });
    if (step === "fail") await record({ state: "failed", reason: "exhausted" });
    if (step === "retry") await record({ state: "pending", slot: 2, dueAt: now + MINUTE });
    if (step === "give back") {
      await store.queue.release({ deliveries: leased.splice(0), dueAt: now });
    }
    if (step === "replay" && last !== undefined) {
      await store.queue.replay({ appRef: app.id, eventId: last, endpointRef, now });
    }
    if (step === "recover" && states.size > 0) {
      for (const kind of ["endpoint.recover", "endpoint.replay"] as const) {
        const made = { appRef: app.id, endpointRef, job: newJob(kind, {}, now) };
        if ((await store.jobs.create({ ...made, idempotencyKey: null })) === null) continue;
        await stepJobs(store, now);
      }
    }
    if (step === "expunge" && last !== undefined) {
      await store.history.expungeEvent({ appRef: app.id, eventId: last, now });
    }
  }

  for (const step of p.steps) {
    now += MINUTE;
    await take(step);
    const after = await loadStates(store, app.id, endpointRef, events);
    for (const [eventId, state] of after) {
      const before = states.get(eventId) ?? null;
      if (before !== state) p.seen.add(`${before} ${state}`);
      assert.ok(isLegalTransition(before, state), `${step}: from ${before} to ${state}`);
    }
    for (const eventId of states.keys()) assert.ok(after.has(eventId), `${step}: one is gone`);
    states = after;
  }
}

async function claimWith(
  store: Store,
  listens: boolean,
  endpointId: string,
  now: number,
): Promise<readonly LeasedDelivery[]> {
  if (!listens) return await claimDue(store, now);
  const endpoints = [{ endpointId, room: 10 }];
  return (await store.queue.claim({ owner: LISTENER, now, endpoints })).leased;
}

/** States by event, read through the event: a deleted endpoint cannot be queried. */
async function loadStates(
  store: Store,
  appRef: string,
  endpointId: string,
  events: readonly string[],
): Promise<Map<string, DeliveryState>> {
  const states = new Map<string, DeliveryState>();
  for (const eventId of events) {
    const page = await store.history.deliveriesOfEvent({ appRef, eventId, window: firstPage() });
    const found = page?.items.find((item) => item.endpointId === endpointId);
    if (found === undefined) continue;
    const { status } = found;
    // The table does not distinguish the first attempt of a pending delivery from later ones.
    states.set(eventId, status === "retrying" ? "pending" : status);
  }
  return states;
}
