/** Contract: applications are found by the beginning of a name or uid, and the work of each is known in numbers. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RESULT_AT, SERIES_SUMS } from "../../../src/core/series/series.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, newApp } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { claimDue, DAY, finish, firstPage, HOUR, nextId, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const NAMES = [
  { name: "Acme", uid: "one" },
  { name: "acme 2", uid: "ACME-2" },
  { name: "Äcme", uid: "acme-umlaut" },
  { name: "Zebra", uid: "Acme-of-zebras" },
  { name: "acme 2", uid: null },
  { name: "ac", uid: "x" },
  { name: "100% _acme", uid: null },
] as const;

async function makeNamed(store: Store): Promise<void> {
  for (const fields of NAMES) {
    await store.apps.create({ app: newApp(fields), idempotencyKey: null });
  }
}

async function find(
  store: Store,
  beginning: string,
  more: Partial<Parameters<typeof firstPage>[0]> & { excludeEmpty?: boolean } = {},
) {
  const page = await store.apps.list({
    ...firstPage({ ascending: true, ...more }),
    beginning,
    ...more,
  });
  return { ...page, names: page.items.map(({ name, uid }) => `${name}/${uid ?? ""}`) };
}

const FOUND = ["Acme/one", "acme 2/ACME-2", "acme 2/", "Zebra/Acme-of-zebras", "Äcme/acme-umlaut"];

export function testAppLists(harness: Harness): void {
  describe("a search for applications", () => {
    test("finds names and uids by their beginning in any case, names first", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeNamed(store);
        assert.deepEqual((await find(store, "ACME")).names, FOUND);
        assert.deepEqual((await find(store, "acme-")).names, ["acme 2/ACME-2", ...FOUND.slice(3)]);
        assert.deepEqual((await find(store, "Äc")).names, ["Äcme/acme-umlaut"]);
        assert.deepEqual((await find(store, "100% _")).names, ["100% _acme/"]);
        assert.deepEqual((await find(store, "%")).names, []);
        const gone = await store.apps.delete({ ref: "one", now: START });
        assert.ok(gone);
        assert.deepEqual((await find(store, "acme")).names, FOUND.slice(1));
      }));

    test("finds names by ids and uids, without those that are deleted", () =>
      story(harness, EMPTY, async ({ store }) => {
        const [one, other, gone] = [
          await makeApp(store, { url: "https://one.example/a" }, {}),
          await makeApp(store, { url: "https://two.example/b" }),
          await makeApp(store, { url: "https://gone.example/" }),
        ];
        await store.apps.update({ ref: one.app.id, change: { uid: "first" }, now: START });
        await store.apps.delete({ ref: gone.app.id, now: START });
        const [kept, deleted] = one.endpoints.map(({ endpointId }) => endpointId);
        const removed = { appRef: one.app.id, ref: deleted ?? "" };
        await store.endpoints.update({ ...removed, change: { status: "deleted" }, now: START });
        const ids = [kept, deleted, other.endpoints[0]?.endpointId, gone.endpoints[0]?.endpointId];
        const found = await store.apps.names({
          appRefs: ["first", one.app.id, other.app.id, gone.app.id, "unknown"],
          endpointIds: ids.map((id) => id ?? ""),
        });
        const { name } = one.app;
        assert.deepEqual(
          found.apps.toSorted((a, b) => a.id.localeCompare(b.id)),
          [
            { id: one.app.id, uid: "first", name },
            { id: other.app.id, uid: other.app.uid, name: other.app.name },
          ].toSorted((a, b) => a.id.localeCompare(b.id)),
        );
        assert.deepEqual(
          found.endpoints.map(({ id, url, appId }) => `${id} ${url} ${appId}`).toSorted(),
          [
            `${kept} https://one.example/a ${one.app.id}`,
            `${ids[2]} https://two.example/b ${other.app.id}`,
          ].toSorted(),
        );
        const nothing = await store.apps.names({ appRefs: [], endpointIds: [] });
        assert.deepEqual(nothing, { apps: [], endpoints: [] });
      }));

    test("is read in pages of any size, forwards and backwards", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeNamed(store);
        for (const limit of [1, 2, 3, 5]) {
          for (const ascending of [true, false]) {
            const seen: string[] = [];
            const ids: string[] = [];
            for (let after: string | null = null; ;) {
              const page = await find(store, "acme", { limit, ascending, after });
              seen.push(...page.names);
              ids.push(...page.items.map(({ id }) => id));
              if (page.done) break;
              after = page.next ?? page.items.at(-1)?.id ?? assert.fail("an empty page");
            }
            const order = ascending ? FOUND : FOUND.toReversed();
            assert.deepEqual(seen, order, `${limit} ${ascending}`);
            const after = ids.at(-1) ?? null;
            const back = await find(store, "acme", { limit: 4, ascending, after, backward: true });
            assert.deepEqual(back.names, order.slice(0, 4));
            assert.equal(back.done, true);
          }
        }
      }));

    test("leaves out applications as the whole list does", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeNamed(store);
        const disabled = { status: "disabled" } as const;
        const named = [[], [{}], [disabled]];
        const apps = [];
        for (const endpoints of named) apps.push((await makeApp(store, ...endpoints)).app);
        for (const [index, { id }] of apps.entries()) {
          await store.apps.update({ ref: id, change: { name: `kept ${index}` }, now: START });
        }
        const whole = { ...firstPage({ ascending: true }), beginning: "kept" };
        const names = async (more: { excludeEmpty?: boolean; excludeDisabled?: boolean }) =>
          (await store.apps.list({ ...whole, ...more })).items.map(({ name }) => name);
        assert.deepEqual(await names({ excludeEmpty: true }), ["kept 1", "kept 2"]);
        assert.deepEqual(await names({ excludeDisabled: true }), ["kept 0", "kept 1"]);
      }));

    test("ends a page after 2,000 examined applications, and says where it goes on", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = Array.from({ length: 2_100 }, async (_, index) => {
          const app = newApp({ name: `app ${String(index).padStart(4, "0")}` });
          await store.apps.create({ app, idempotencyKey: null });
        });
        await Promise.all(made);
        const first = await find(store, "app", { limit: 1, excludeEmpty: true });
        assert.deepEqual([first.names, first.done], [[], false]);
        const after = first.next ?? assert.fail("no place to go on from");
        const second = await find(store, "app", { limit: 1, excludeEmpty: true, after });
        assert.deepEqual([second.names, second.done], [[], true]);
      }));
  });

  describe("the activity of an application", () => {
    test("counts endpoints, waiting and parked deliveries, and has its newest event", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeApp(store, {}, {}, {});
        const { app: quiet } = await makeApp(store);
        await publishAt(store, app.id, START);
        await publishAt(store, app.id, START + 5);
        const [paused, deleted] = endpoints.map(({ endpointId }) => endpointId);
        const change = async (ref: string | undefined, status: "paused" | "deleted") =>
          await store.endpoints.update({
            appRef: app.id,
            ref: ref ?? "",
            change: { status },
            now: START + 6,
          });
        await change(paused, "paused");
        await change(deleted, "deleted");
        await sweepAll(store, START + 7);
        const [leased] = await claimDue(store, START + 8);
        await finish(
          store,
          leased === undefined ? [] : [leased],
          { state: "delivered" },
          { at: START + 9 },
        );
        const appIds = [app.id, quiet.id, nextId("app_")];
        const found = await store.apps.activity({ appIds, since: START - DAY });
        const of = (id: string) => found.find(({ appId }) => appId === id);
        assert.equal(found.length, 2);
        assert.deepEqual(of(app.id), {
          appId: app.id,
          endpoints: 2,
          waiting: 3,
          parked: 2,
          parkedIsExact: true,
          failedAttempts: 0,
          lastEventAt: START + 5,
        });
        assert.deepEqual(of(quiet.id), {
          appId: quiet.id,
          endpoints: 0,
          waiting: 0,
          parked: 0,
          parkedIsExact: true,
          failedAttempts: 0,
          lastEventAt: null,
        });
      }));

    test("adds up failed attempts by whole hours, before and after they are folded", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeApp(store, {}, { dialect: "chirp" });
        const at = START - (START % HOUR);
        const counts = Array.from({ length: SERIES_SUMS }, () => 0);
        counts[RESULT_AT.ok] = 9;
        counts[RESULT_AT.serverError] = 2;
        counts[RESULT_AT.timeout] = 1;
        const append = async (when: number): Promise<void> => {
          const sums = endpoints.map(({ endpointId }) => ({ endpointId, at: when, counts }));
          await store.series.append({ sums, accepted: [], backlogs: null });
        };
        await append(at);
        await append(at - 2 * HOUR);
        const read = async () =>
          (await store.apps.activity({ appIds: [app.id], since: at + 60_000 - HOUR }))[0]
            ?.failedAttempts;
        assert.equal(await read(), 6);
        await sweepAll(store, at + HOUR);
        assert.equal(await read(), 6);
      }));
  });
}
