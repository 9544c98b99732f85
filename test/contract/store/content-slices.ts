/** Contract: the content of events with many deliveries is deleted in slices, which bounds the hold of a writer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { mustPublish, newEvent } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { step } from "./jobs.ts";
import { DAY, HOUR, nextId, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

/** Rows of one slice of a task. */
const MOST_ROWS = 200;
/** Rows of the first slice of the sweep. */
const FIRST_ROWS = 100;
const EVENTS = 10;
const FEW_EVENTS = 6;
/** Each slice runs one kind of upkeep, on SQLite with few rows. */
const MOST_SLICES = 10_000;
const MANY = Array.from({ length: 25 }, () => ({}));
const MORE = Array.from({ length: MOST_ROWS + 1 }, () => ({}));

async function countPending(store: Store): Promise<number> {
  return (await store.upkeep.gauges()).pending;
}

/** Runs `slice` until nothing is pending, and returns the deliveries that each one ended. */
async function countEnded(store: Store, slice: () => Promise<unknown>): Promise<number[]> {
  const ended: number[] = [];
  for (let before = await countPending(store); before > 0;) {
    await slice();
    const after = await countPending(store);
    ended.push(before - after);
    assert.ok(ended.length < MOST_SLICES, "the slices end nothing");
    before = after;
  }
  return ended.filter((count) => count > 0);
}

export function testContentSlices(harness: Harness): void {
  describe("the content of events with many deliveries", () => {
    const given = { endpoints: MANY, engine: false };
    const publishAll = async (
      store: Store,
      appRef: string,
      length: number,
      retentionMs?: number,
    ) => {
      const kept = { retentionMs: retentionMs ?? null };
      const events = Array.from({ length }, () => newEvent(kept));
      await mustPublish(store, appRef, events);
      assert.equal(await countPending(store), length * MANY.length);
      return events.map(({ id }) => id);
    };
    const findContent = async (store: Store, appRef: string, ids: readonly string[]) => {
      const events = await Promise.all(ids.map((ref) => store.history.getEvent({ appRef, ref })));
      return events.filter((event) => event?.payloadText !== null);
    };

    test("expires over several slices of the sweep", () =>
      story(harness, given, async ({ store, app }) => {
        const ids = await publishAll(store, app.id, FEW_EVENTS, HOUR);
        const sweep = () =>
          store.upkeep.sweep({
            now: START + HOUR,
            retentionMs: 30 * DAY,
            dedupeWindowMs: 2 * DAY,
            sliceMs: 0,
          });
        const ended = await countEnded(store, sweep);
        assert.ok(Math.max(...ended) <= FIRST_ROWS, ended.join());
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findContent(store, app.id, ids), []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("is deleted over several slices of a task, which counts each event once", () =>
      story(harness, given, async ({ store, app }) => {
        const ids = await publishAll(store, app.id, EVENTS);
        const job = { appRef: app.id, id: nextId("qtask_"), now: START + HOUR };
        await store.jobs.purgeContent({ ...job, idempotencyKey: null });
        let at = START + HOUR;
        const ended = await countEnded(store, () => step(store, (at += 1_000), { sliceMs: 0 }));
        assert.deepEqual(ended, [MOST_ROWS, EVENTS * MANY.length - MOST_ROWS]);
        assert.deepEqual(await findContent(store, app.id, ids), []);
        assert.equal((await step(store, (at += 1_000))).nextAt, null);
        const over = await store.jobs.get({ appRef: app.id, id: job.id });
        assert.deepEqual([over?.state, over?.done], ["finished", EVENTS]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("is gone with the call that expunges it, and the sweep ends the rest", () =>
      story(harness, { endpoints: MORE, engine: false }, async ({ store, app }) => {
        const event = newEvent();
        await mustPublish(store, app.id, [event]);
        await store.history.expungeEvent({ appRef: app.id, eventId: event.id, now: START });
        assert.deepEqual(await findContent(store, app.id, [event.id]), []);
        assert.equal(await countPending(store), 1);
        await sweepAll(store, START);
        assert.equal(await countPending(store), 0);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
