import assert from "node:assert/strict";
import { test } from "node:test";
import { newApp } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { openRecorded } from "../../../../test/harness/recorded-writer.ts";
import { loadSealedTo } from "../../search/seal.ts";
import { runNow } from "../session.ts";

const FAR = 20_000;
/** A slice that cannot add so many events that the index is no longer far behind. */
const SHORT_MS = 10;
/** Events wait for so many others. */
const AT_ONCE = 2_048;
const SWEEP = { now: START, retentionMs: 1e9, dedupeWindowMs: 1e9 };

test("the sweep says that the search index is far behind until few events wait for it", () => {
  const { recorded, run, close } = openRecorded();
  const { db } = recorded;
  run("apps.create", { app: newApp(), idempotencyKey: null });
  const addEvents = (count: number): void => {
    db.exec(`WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO event (id, appSeq, eventId, type, payload, contentType, occurredAt, acceptedAt)
      SELECT 'msg_' || (i + held), 1, 'e-' || (i + held), 'x', '{}', 'application/json', ${START}, ${START}
      FROM n, (SELECT count(*) AS held FROM event)`);
  };
  const countWaiting = () =>
    (db.prepare("SELECT max(seq) AS last FROM event").get()?.["last"] as number) -
    runNow(loadSealedTo(recorded.session));
  addEvents(FAR);
  const slices: boolean[] = [];
  for (let busy = true; busy;) {
    const swept = run("upkeep.sweep", { ...SWEEP, sliceMs: SHORT_MS }) as {
      busy: boolean;
      isBehind: boolean;
    };
    slices.push(swept.isBehind);
    ({ busy } = swept);
  }
  assert.equal(slices[0], true);
  assert.equal(slices.at(-1), false);
  assert.deepEqual(
    slices,
    slices.toSorted((one, other) => Number(other) - Number(one)),
  );
  assert.ok(countWaiting() < AT_ONCE);
  addEvents(AT_ONCE);
  run("upkeep.sweep", { ...SWEEP, sliceMs: 10_000 });
  assert.ok(countWaiting() < AT_ONCE);
  const [{ rows, events } = {}] = db
    .prepare(`SELECT count(*) AS rows, count(DISTINCT bucket * 8192 + place) AS events FROM seen`)
    .all();
  assert.deepEqual([rows, events], [FAR + AT_ONCE - countWaiting() - 1, rows]);
  close();
});
