/** Contract: series for charts, by endpoint, application and dialect, folded to spans by the sweep. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUCKETS } from "../../../src/core/series/histogram.ts";
import {
  MINUTE_MS,
  RESULT_AT,
  SERIES_SUMS,
  SPANS,
  TIME_AT,
  type SeriesResult,
} from "../../../src/core/series/series.ts";
import type { SeriesStore } from "../../../src/store/interface/series.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { DAY, HOUR, sweepAll } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

type Read = Parameters<SeriesStore["read"]>[0];

function countsOf(results: { readonly [K in SeriesResult]?: number }, bucket = 3): number[] {
  const counts = Array.from({ length: SERIES_SUMS }, () => 0);
  for (const [result, count] of Object.entries(results)) {
    counts[RESULT_AT[result as SeriesResult]] = count;
    counts[TIME_AT.attempt + bucket] = (counts[TIME_AT.attempt + bucket] ?? 0) + count;
  }
  return counts;
}

const append = (store: Store, p: Partial<Parameters<SeriesStore["append"]>[0]>) =>
  store.series.append({ sums: [], accepted: [], backlogs: null, ...p });

const lastHour: Read = {
  appRef: null,
  endpointRefs: null,
  since: START - HOUR,
  until: START + HOUR,
  spanMs: MINUTE_MS,
  stepMs: MINUTE_MS,
  groupBy: "none",
};

async function resultsOf(store: Store, p: Partial<Read>, result: SeriesResult = "ok") {
  const series = (await store.series.read({ ...lastHour, ...p })) ?? assert.fail("unknown");
  return series.map(({ endpointId, dialect, points }) => ({
    of: endpointId ?? dialect,
    points: points.map(({ at, counts }) => [at - START, counts[RESULT_AT[result]]]),
  }));
}

const TWO = [{ dialect: "svix" }, { dialect: "chirp" }] as const;

export function testSeries(harness: Harness): void {
  describe("a series", () => {
    test("adds up over endpoints, dialects and applications, before and after it is folded", () =>
      story(harness, { endpoints: TWO, engine: false }, async ({ store, app, endpoints }) => {
        const [one, two] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        const { endpoints: others } = await makeApp(store, {});
        const other = others[0]?.endpointId as string;
        const later = START + MINUTE_MS;
        await append(store, {
          sums: [
            { endpointId: one, at: START, counts: countsOf({ ok: 2, timeout: 1 }) },
            { endpointId: two, at: START, counts: countsOf({ ok: 3 }) },
            { endpointId: other, at: later, counts: countsOf({ ok: 5 }) },
            { endpointId: "ep_unknown", at: START, counts: countsOf({ ok: 99 }) },
          ],
        });
        // The same minute of another node.
        await append(store, {
          sums: [{ endpointId: one, at: START, counts: countsOf({ ok: 10 }) }],
        });
        const check = async () => {
          const appRef = app.id;
          const of = (endpointRef: string) => ({ appRef, endpointRefs: [endpointRef] });
          assert.deepEqual(await resultsOf(store, of(one)), [{ of: one, points: [[0, 12]] }]);
          assert.deepEqual(await resultsOf(store, of(one), "timeout"), [
            { of: one, points: [[0, 1]] },
          ]);
          assert.deepEqual(
            await resultsOf(store, { appRef, endpointRefs: [one, two], groupBy: "endpoint" }),
            [
              { of: one, points: [[0, 12]] },
              { of: two, points: [[0, 3]] },
            ],
          );
          assert.deepEqual(await resultsOf(store, { appRef }), [{ of: null, points: [[0, 15]] }]);
          assert.deepEqual(await resultsOf(store, { appRef, groupBy: "dialect" }), [
            { of: "chirp", points: [[0, 3]] },
            { of: "svix", points: [[0, 12]] },
          ]);
          const all = [
            [0, 15],
            [MINUTE_MS, 5],
          ];
          assert.deepEqual(await resultsOf(store, {}), [{ of: null, points: all }]);
          const step = { stepMs: 2 * MINUTE_MS };
          assert.deepEqual(await resultsOf(store, step), [{ of: null, points: [[0, 20]] }]);
          const since = { since: START + 1 };
          assert.deepEqual(await resultsOf(store, since), [{ of: null, points: [[MINUTE_MS, 5]] }]);
        };
        await check();
        await sweepAll(store, START + HOUR);
        await check();
        for (const { ms } of SPANS.slice(1)) {
          const wide = { since: START - 2 * DAY, until: START + 2 * DAY, spanMs: ms, stepMs: ms };
          const [all] = await resultsOf(store, wide);
          assert.deepEqual(all?.points, [[0 - (START % ms), 20]], `span ${ms}`);
        }
      }));

    test("is unknown for another application's endpoint", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const { app: other } = await makeApp(store);
        const read = (appRef: string, endpointRefs: readonly string[] | null) =>
          store.series.read({ ...lastHour, appRef, endpointRefs });
        assert.equal(await read(other.id, [endpointId]), null);
        assert.equal(await read("app_unknown", null), null);
        assert.notEqual(await read(app.id, [endpointId]), null);
      }));

    test("has samples of backlogs, the greatest of each span", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        await mustPublish(store, app.id, [newEvent(), newEvent()]);
        const [backlog] = await store.series.backlogs();
        assert.deepEqual([backlog?.pending, backlog?.parked], [2, 0]);
        const { appSeq } = backlog as { appSeq: number };
        const sample = (at: number, pending: number, parked: number) =>
          append(store, { backlogs: { at, apps: [{ appSeq, pending, parked }] } });
        await sample(START, 2, 7);
        await sample(START + MINUTE_MS, 9, 1);
        await append(store, { backlogs: { at: START + 2 * MINUTE_MS, apps: [] } });
        const waiting = async (p: Partial<Read>) =>
          (await store.series.read({ ...lastHour, ...p }))?.[0]?.points.map((point) => [
            point.pending,
            point.parked,
          ]);
        for (const sweptAt of [null, START + HOUR]) {
          if (sweptAt !== null) await sweepAll(store, sweptAt);
          const expected = [
            [2, 7],
            [9, 1],
          ];
          assert.deepEqual(await waiting({ appRef: app.id }), expected);
          assert.deepEqual(await waiting({}), [...expected, [0, 0]]);
          assert.deepEqual(await waiting({ stepMs: 10 * MINUTE_MS }), [[9, 7]]);
        }
      }));

    test("has the accepted events apart from the attempts", () =>
      story(harness, { engine: false }, async ({ store, endpointId }) => {
        const durations = Array.from({ length: BUCKETS }, (_, bucket) => (bucket === 2 ? 4 : 0));
        await append(store, {
          sums: [{ endpointId, at: START, counts: countsOf({ ok: 1 }) }],
          accepted: [{ at: START, events: 40, durations }],
        });
        await append(store, { accepted: [{ at: START, events: 2, durations: [] }] });
        const { appRef: _, endpointRefs: __, groupBy: ___, ...range } = lastHour;
        assert.deepEqual(await store.series.accepted(range), [
          { at: START, events: 42, durations },
        ]);
        assert.deepEqual(await resultsOf(store, {}), [{ of: null, points: [[0, 1]] }]);
        assert.deepEqual(await resultsOf(store, { groupBy: "dialect" }), [
          { of: "svix", points: [[0, 1]] },
        ]);
      }));

    test("is kept for the time of its span, and no longer than its endpoint", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const sums = [{ endpointId, at: START, counts: countsOf({ ok: 1 }) }];
        await append(store, { sums });
        const count = async (spanMs: (typeof SPANS)[number]["ms"]) => {
          const range = { since: START - 2 * DAY, until: START + 2 * DAY, spanMs, stepMs: spanMs };
          const read = await resultsOf(store, {
            ...range,
            appRef: app.id,
            endpointRefs: [endpointId],
          });
          return read.flatMap(({ points }) => points).length;
        };
        const counts = async () => [
          await count(SPANS[0].ms),
          await count(SPANS[1].ms),
          await count(SPANS[2].ms),
          await count(SPANS[3].ms),
        ];
        await sweepAll(store, START + 3 * HOUR);
        assert.deepEqual(await counts(), [1, 1, 1, 1]);
        await sweepAll(store, START + 3 * HOUR + 1);
        assert.deepEqual(await counts(), [0, 1, 1, 1]);
        await sweepAll(store, START + 3 * DAY + 1);
        assert.deepEqual(await counts(), [0, 0, 1, 1]);
        await sweepAll(store, START + 31 * DAY);
        assert.deepEqual(await counts(), [0, 0, 0, 1]);
        await sweepAll(store, START + 402 * DAY);
        assert.deepEqual(await counts(), [0, 0, 0, 0]);
      }));

    test("is erased with its endpoint and its application, and not written after that", () =>
      story(harness, APP, async ({ opened, store }) => {
        const { app, endpoints } = await makeApp(store, {}, {});
        const [gone, kept] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        const sums = [gone, kept].map((endpointId) => ({
          endpointId,
          at: START,
          counts: countsOf({ ok: 1 }),
        }));
        await append(store, { sums });
        await sweepAll(store, START + 1);
        await append(store, { sums });
        /** The digits of all numbers of endpoints, or of applications, but zeros. */
        const numbers = async (column: "app" | "endpoint") =>
          [...(await opened.contents())]
            .filter(([place]) =>
              new RegExp(`^series(_?recent)?\\.${column}_?seq$`, "i").test(place),
            )
            .map(([, bytes]) => bytes.toString().replaceAll("0", ""))
            .join("");
        const before = await numbers("endpoint");
        const change = { status: "deleted" } as const;
        await store.endpoints.update({ appRef: app.id, ref: gone, change, now: START + 2 });
        await sweepAll(store, START + 3);
        await append(store, { sums });
        const after = await numbers("endpoint");
        assert.ok(after.length > 0 && after.length < before.length, `${before} ${after}`);
        assert.equal(new Set(after).size, 1, after);
        const appOnly = await resultsOf(store, { appRef: app.id });
        assert.deepEqual(appOnly, [{ of: null, points: [[0, 6]] }]);
        await store.apps.delete({ ref: app.id, now: START + 4 });
        await append(store, { sums });
        assert.notEqual(await numbers("app"), "");
        await sweepAll(store, START + 5);
        assert.deepEqual([await numbers("app"), await numbers("endpoint")], ["", ""]);
        assert.deepEqual(await resultsOf(store, {}), [{ of: null, points: [[0, 6]] }]);
      }));

    test("of nothing is empty", () =>
      story(harness, EMPTY, async ({ store }) => {
        assert.deepEqual(await resultsOf(store, {}), [{ of: null, points: [] }]);
        assert.deepEqual(await store.series.backlogs(), []);
      }));
  });
}
