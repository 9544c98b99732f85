/** Rules of the queue that stand as a function and as SQL: both give the same answers. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { makeDatabase } from "../../../../test/postgres/databases.ts";
import {
  acknowledgeSql,
  acknowledgeVersion,
  ADD_VERSIONS_SQL,
  addVersions,
  isAwaited,
  isAwaitedSql,
  type AwaitedVersions,
} from "../../queue/awaited-versions.ts";
import { isOverdue, isOverdueSql } from "../../queue/find-overdue.ts";
import { addedDueAtSql, countsFirstDue, nextDueAt, nextDueAtSql } from "../../queue/next-due-at.ts";

const PLACES = (["enabled", "paused", "disabled", "deleted"] as const).flatMap((status) =>
  [null, 5, 20].flatMap((probeAt) =>
    [true, false].map((isLeased) => ({ status, probeAt, isLeased, addedAt: 10, first: 7 })),
  ),
);

/** A table of the cases, and the time of each one. */
function placesText(later: "greatest" | "max"): string {
  const rows = PLACES.map(
    ({ status, probeAt, isLeased, addedAt, first }, i) =>
      `(${i}, '${status}', ${probeAt ?? "CAST(NULL AS INTEGER)"}, ${isLeased}, ${addedAt}, ${first})`,
  );
  const dueAt = addedDueAtSql({ probeAt: "probe_at", addedAt: "added_at", first: "first" });
  const names = { status: "status", probeAt: "probe_at", hasLeased: "is_leased", dueAt, later };
  return `WITH given (n, status, probe_at, is_leased, added_at, first) AS (VALUES ${rows.join(", ")})
    SELECT ${nextDueAtSql(names)} AS at FROM given ORDER BY n`;
}

test("the time of a queue row is the same in SQL, on both databases", async () => {
  const expected = PLACES.map((place) => {
    const dueAt = countsFirstDue(place) ? place.first : place.addedAt;
    return nextDueAt(place, { dueAt, hasLeased: () => place.isLeased });
  });
  assert.deepEqual(new Set(expected), new Set([null, 7, 10, 20]));
  await using database = await makeDatabase();
  const onPostgres = await database.sql(placesText("greatest"));
  assert.deepEqual(
    onPostgres.map(({ at }) => at),
    expected,
  );
  const file = new DatabaseSync(":memory:");
  const onSqlite = file.prepare(placesText("max")).all();
  file.close();
  assert.deepEqual(
    onSqlite.map(({ at }) => at),
    expected,
  );
});

test("a delivery is overdue in SQL as in the function, with the time that it was parked", async () => {
  await using database = await makeDatabase();
  const rows = [0, 3, 6].flatMap((baseAt) =>
    [0, 2].flatMap((parkedMs) => [2, 4].map((ofEndpoint) => ({ baseAt, parkedMs, ofEndpoint }))),
  );
  const values = rows.map((row, n) => `(${n}, ${row.baseAt}, ${row.parkedMs}, ${row.ofEndpoint})`);
  const found = await database.sql(
    `WITH given (n, base_at, parked_ms, of_endpoint) AS (VALUES ${values.join(", ")})
     SELECT ${isOverdueSql("5")} AS is_over FROM given AS found
       CROSS JOIN LATERAL (SELECT of_endpoint AS parked_ms) AS endpoint ORDER BY n`,
  );
  const expected = rows.map((row) => isOverdue(row, { parkedMs: row.ofEndpoint }, 5));
  assert.equal(new Set(expected).size, 2);
  assert.deepEqual(
    found.map((row) => row["is_over"]),
    expected,
  );
});

type Step = { readonly acknowledged: number } | Omit<AwaitedVersions, "last">;
const STEPS: readonly Step[] = [
  { first: 3, fence: 1 },
  { first: 4, fence: 1 },
  { first: 5, fence: 2 },
  { acknowledged: 3 },
  { acknowledged: 5 },
];
/** Two versions wait, and one of them is acknowledged. */
const SHORTENED: readonly Step[] = [
  { first: 3, fence: 1 },
  { first: 4, fence: 1 },
  { acknowledged: 3 },
];
const ACKNOWLEDGE = acknowledgeSql({ endpointId: "'e'", version: "$1", isOwn: "true" });

test("versions that wait for an acknowledgement are the same in rows as in memory", async () => {
  await using database = await makeDatabase();
  await database.sql(
    "CREATE TABLE endpoint_change (endpoint_id text PRIMARY KEY, fence int, version int, latest int)",
  );
  let known: AwaitedVersions | null = null;
  const states = new Set<string>();
  const pairs = STEPS.flatMap((one) => STEPS.map((other) => [one, other]));
  for (const step of [...pairs.flat(), ...SHORTENED]) {
    if ("acknowledged" in step) {
      const { acknowledged } = step;
      if (known !== null) known = acknowledgeVersion(known, acknowledged);
      await database.sql(ACKNOWLEDGE.end, [acknowledged]);
      await database.sql(ACKNOWLEDGE.shorten, [acknowledged]);
    } else {
      const { first, fence } = step;
      known = addVersions(known, { first, last: first, fence });
      await database.sql(
        `INSERT INTO endpoint_change VALUES ('e', $1, $2, $2)
         ON CONFLICT (endpoint_id) DO UPDATE SET ${ADD_VERSIONS_SQL}`,
        [fence, first],
      );
    }
    const rows = await database.sql(
      `SELECT fence, version AS first, latest AS last, ${isAwaitedSql("endpoint_change", "4")} AS awaited
       FROM endpoint_change`,
    );
    const expected: object[] = known === null ? [] : [{ ...known, awaited: isAwaited(known, 4) }];
    assert.deepEqual(rows, expected);
    states.add(JSON.stringify(expected));
  }
  assert.ok(states.size > 4);
});
