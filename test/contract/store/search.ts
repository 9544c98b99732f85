/** Contract: events are found by their names and their content, before and after they are in the search index. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventSearch } from "../../../src/store/interface/history.ts";
import type { PageRequest } from "../../../src/store/page.ts";
import type { Store } from "../../../src/store/store.ts";
import { delivered, makeApp, mustPublish, newEvent, outcome, receivedText } from "./fixtures.ts";
import { type Harness, type Opened, START } from "./harness.ts";
import { claimDue, DAY, finish, firstPage, HOUR, publishAt, sweepAll } from "./steps.ts";
import { step } from "./jobs.ts";
import { APP, story } from "./story.ts";

const LINE = "+12065550199";
const [ADA, BOB] = ["+12065550101", "+12065550102"] as const;
/** More than a bucket of the index, without names. */
const FILLING = 4_200;
const FILLED_AT = START + HOUR;

async function search(
  store: Store,
  appRef: string,
  asked: EventSearch,
  window: Partial<PageRequest> = {},
) {
  const p = { appRef, filter: {}, search: asked, window: firstPage(window) };
  const page = await store.history.searchEvents({ ...p, withMarks: true, now: START });
  assert.ok(page !== null);
  return page;
}

async function findIds(
  store: Store,
  appRef: string,
  asked: EventSearch,
  window: Partial<PageRequest> = {},
): Promise<string[]> {
  const ids: string[] = [];
  // A page may end early on a slow machine.
  for (let after: string | null = null; ;) {
    const { items, done, next } = await search(store, appRef, asked, { ...window, after });
    ids.push(...items.map(({ id }) => id));
    after = next ?? items.at(-1)?.id ?? null;
    if (done) return ids;
  }
}

/** Accepts as many events without names as the index waits for, and sweeps. */
async function seal(store: Store, appRef: string): Promise<void> {
  for (let left = FILLING; left > 0; left -= 1_000) {
    const events = Array.from({ length: Math.min(left, 1_000) }, () => newEvent());
    await mustPublish(store, appRef, events, { acceptedAt: FILLED_AT });
  }
  await sweepAll(store, FILLED_AT);
}

/** Bytes of the rows of the index. */
async function measureIndex(opened: Opened): Promise<number> {
  const columns = [...(await opened.contents())].filter(([name]) => name.startsWith("seen."));
  assert.ok(columns.length > 0);
  return columns.reduce((sum, [, octets]) => sum + octets.length, 0);
}

export function testSearch(harness: Harness): void {
  describe("search", () => {
    test("finds events by numbers and ids, in their application only, in the index and before", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const { app: other } = await makeApp(store);
        const ids: string[] = [];
        for (const [i, from] of [ADA, BOB, ADA].entries()) {
          const event = receivedText({ id: `m${i}`, from, to: LINE }, { eventId: `e${i}` });
          ids.push(await publishAt(store, app.id, START + i, event));
        }
        const read = newEvent({ type: "message.read", canonical: { message: { id: "m0" } } });
        ids.push(await publishAt(store, app.id, START + 3, read));
        const foreign = receivedText({ id: "m0", from: ADA, to: LINE });
        await publishAt(store, other.id, START, foreign);
        const expectFound = async () => {
          const find = (asked: EventSearch) => findIds(store, app.id, asked);
          const ofAda = (await find({ number: ADA })).filter((id) => ids.includes(id));
          assert.deepEqual(ofAda, [ids[3], ids[2], ids[0]]);
          assert.deepEqual(await find({ messageId: "m0" }), [ids[3], ids[0]]);
          assert.deepEqual(await find({ messageId: "m0", number: BOB }), []);
          assert.deepEqual(await find({ number: LINE }), []);
          assert.deepEqual(await find({ number: "+1206555010" }), []);
          assert.deepEqual(await findIds(store, other.id, { messageId: "m1" }), []);
        };
        await expectFound();
        assert.equal(await measureIndex(opened), 0);
        await seal(store, other.id);
        assert.notEqual(await measureIndex(opened), 0);
        await expectFound();
      }));

    test("turns pages both ways across the end of the index", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const publishText = (i: number, at: number) =>
          publishAt(store, app.id, at, receivedText({ id: `m${i}`, from: ADA, to: LINE }));
        const ids = [await publishText(0, START), await publishText(1, START + 1)];
        await seal(store, other.id);
        ids.push(await publishText(2, FILLED_AT + 1), await publishText(3, FILLED_AT + 2));
        const asked = { number: ADA, contains: "hello" };
        const downwards: (string | undefined)[] = [];
        let after: string | null = null;
        for (let done = false; !done;) {
          const page = await search(store, app.id, asked, { after, limit: 1 });
          downwards.push(page.items[0]?.id);
          ({ done } = page);
          after = page.items[0]?.id ?? null;
        }
        assert.deepEqual(downwards, ids.toReversed());
        const oldest = ids[0] as string;
        const window = { after: oldest, limit: 2, backward: true };
        const upwards = await search(store, app.id, asked, window);
        assert.deepEqual(
          [upwards.items.map(({ id }) => id), upwards.done],
          [[ids[2], ids[1]], false],
        );
        const last = await search(store, app.id, asked, { ...window, after: ids[2] as string });
        assert.deepEqual([last.items.map(({ id }) => id), last.done], [[ids[3]], true]);
      }));

    test("does not find deleted content, whose names leave the index", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const { app: other } = await makeApp(store);
        const text = (id: string, from: string) => receivedText({ id, from, to: LINE });
        const expunged = await publishAt(store, app.id, START, text("m0", ADA));
        await publishAt(store, app.id, START, text("m1", BOB));
        await publishAt(store, other.id, START, text("m2", BOB));
        const kept = await publishAt(store, app.id, START, text("m3", "+12065550103"));
        await seal(store, app.id);
        const before = await measureIndex(opened);
        await store.history.expungeEvent({ appRef: app.id, eventId: expunged, now: FILLED_AT });
        assert.deepEqual(await findIds(store, app.id, { messageId: "m0" }), []);
        const afterOne = await measureIndex(opened);
        assert.ok(afterOne < before);
        const erasing = { appRef: app.id, number: BOB, id: "job_erase", now: FILLED_AT };
        assert.notEqual(await store.jobs.eraseNumber(erasing), null);
        await eraseAll(store);
        assert.deepEqual(await findIds(store, app.id, { number: BOB }), []);
        const afterTwo = await measureIndex(opened);
        assert.ok(afterTwo < afterOne);
        await store.apps.delete({ ref: other.id, now: FILLED_AT });
        await sweepAll(store, FILLED_AT);
        assert.deepEqual(await findIds(store, app.id, { messageId: "m3" }), [kept]);
        assert.ok((await measureIndex(opened)) < afterTwo);
        await sweepAll(store, FILLED_AT + 40 * DAY);
        assert.equal(await measureIndex(opened), 0);
      }));

    test("finds a name in hundreds of events of several days, page by page, until retention", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const days: string[][] = [];
        for (const [count, at] of [
          [300, START],
          [200, START + DAY],
          [100, START + DAY + HOUR],
        ] as const) {
          const events = Array.from({ length: count }, (_, i) =>
            newEvent(receivedText({ id: `m${at}-${i}`, from: ADA, to: LINE })),
          );
          await mustPublish(store, app.id, events, { acceptedAt: at });
          days.push(events.map(({ id }) => id));
          await opened.sealAll();
        }
        const all = days.flat();
        // The event of the new contact is not among the published ones.
        const find = async (asked: EventSearch, ascending: boolean) =>
          (await findIds(store, app.id, asked, { ascending })).filter((id) => all.includes(id));
        assert.deepEqual(await find({ number: ADA }, false), all.toReversed());
        assert.deepEqual(await find({ number: ADA }, true), all);
        const middle = { number: ADA, messageId: `m${START + DAY}-7` };
        assert.deepEqual(await find(middle, false), [days[1]?.[7]]);
        await sweepAll(store, START + 30 * DAY + 13 * HOUR);
        assert.deepEqual(await find({ number: ADA }, true), days.slice(1).flat());
      }));

    test("finds text in payloads in any case, and fields by their exact values", () =>
      story(harness, APP, async ({ store, app }) => {
        const payloads = [
          '{"message":{"text":"Your TABLE is ready"},"id":9007199254740993}',
          '{"message":{"text":"say \\"hi\\""},"id":9007199254740992}',
          '{"tags":["a","b"],"ok":true}',
        ];
        const ids: string[] = [];
        for (const [i, payloadText] of payloads.entries()) {
          ids.push(await publishAt(store, app.id, START + i, { payloadText }));
        }
        const find = (asked: EventSearch) => findIds(store, app.id, asked);
        assert.deepEqual(await find({ contains: "table is" }), [ids[0]]);
        assert.deepEqual(await find({ contains: 'say "HI"' }), [ids[1]]);
        const field = async (path: string, value: string) =>
          await find({ field: { path: path.split("."), value } });
        assert.deepEqual(await field("id", "9007199254740993"), [ids[0]]);
        assert.deepEqual(await field("message.text", 'say "hi"'), [ids[1]]);
        assert.deepEqual(await field("tags.1", "b"), [ids[2]]);
        assert.deepEqual(await field("ok", "true"), [ids[2]]);
        assert.deepEqual(await field("ok", "tru"), []);
      }));

    test("selects events that wait, apart from those that were tried already", () =>
      story(harness, { endpoints: [{}], engine: false }, async ({ store, app }) => {
        const tried = await publishAt(store, app.id, START);
        const retry = { state: "pending", slot: 2, dueAt: START + HOUR } as const;
        await finish(store, await claimDue(store, START), retry, { at: START });
        const untried = await publishAt(store, app.id, START + 1);
        const find = (asked: EventSearch) => findIds(store, app.id, asked);
        assert.deepEqual(await find({ marks: ["retrying"] }), [tried]);
        assert.deepEqual(await find({ marks: ["waiting"] }), [untried]);
        assert.deepEqual(await find({ marks: ["waiting", "retrying"] }), [untried, tried]);
      }));

    test("selects events by their deliveries", () =>
      story(harness, { endpoints: [{}, {}], engine: false }, async ({ store, app, endpoints }) => {
        const [first, second] = endpoints.map(({ endpointId }) => endpointId);
        const one = await publishAt(store, app.id, START, {});
        const two = await publishAt(store, app.id, START, { onlyEndpointId: second as string });
        const leased = await claimDue(store, START);
        const outcomes = leased.map((delivery) =>
          delivery.endpointId === first
            ? delivered(delivery)
            : outcome(delivery, { state: "failed", reason: "exhausted" }),
        );
        await store.queue.record({ outcomes, now: START });
        const find = (asked: EventSearch) => findIds(store, app.id, asked);
        assert.deepEqual(await find({ endpointRef: first as string }), [one]);
        assert.deepEqual(await find({ marks: ["failed"] }), [two, one]);
        assert.deepEqual(await find({ endpointRef: first as string, marks: ["failed"] }), []);
        assert.deepEqual(await find({ marks: ["delivered"] }), [one]);
        const { items, endpoints: columns } = await search(store, app.id, {});
        assert.deepEqual(
          columns.map(({ id }) => id),
          [first, second],
        );
        assert.deepEqual(
          items.map(({ marks }) => marks.map(({ verdict }) => verdict.kind)),
          [
            ["other_endpoint", "failed_exhausted"],
            ["delivered", "failed_exhausted"],
          ],
        );
        await assert.rejects(find({ endpointRef: "ep_unknown" }), { code: "not_found" });
      }));

    test("says how far it came when its budget ends, and goes on from there", () =>
      story(harness, APP, async ({ store, app }) => {
        const wanted = await publishAt(store, app.id, START, { payloadText: '{"a":"wanted"}' });
        for (let i = 0; i < 11; i++) {
          const events = Array.from({ length: 1_000 }, () => newEvent());
          await mustPublish(store, app.id, events, { acceptedAt: START + i + 1 });
        }
        const ended = await search(store, app.id, { contains: "wanted" });
        assert.deepEqual([ended.items, ended.done], [[], false]);
        assert.ok((ended.searchedTo ?? 0) > START);
        const found: string[] = [];
        for (let page = ended; !page.done && found.length === 0;) {
          page = await search(store, app.id, { contains: "wanted" }, { after: page.next ?? null });
          found.push(...page.items.map(({ id }) => id));
        }
        assert.deepEqual(found, [wanted]);
      }));
  });
}

async function eraseAll(store: Store): Promise<void> {
  for (let steps = 0; steps < 100; steps++) {
    const { ended } = await step(store, FILLED_AT + steps);
    if (ended.length > 0) return;
  }
  assert.fail("the task does not end");
}
