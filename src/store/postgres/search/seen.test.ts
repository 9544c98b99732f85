import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Pool, PoolClient } from "pg";
import { START } from "../../../../test/contract/store/harness.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import type { SeenRow } from "../../search/statements.ts";
import { DAY_MS, rowId } from "../accept/row-ids.ts";
import { createPool, toConnection, type Connection } from "../connection.ts";
import { createPartitions } from "../maintenance/partitions.ts";
import { migrate } from "../migrations.ts";
import { runSteps } from "../session.ts";
import { seenReads, seenWrites } from "./seen.ts";
import { ROW_BYTES } from "./segments.ts";

const FIRST = rowId(START, 0);
const NEXT_DAY = rowId(START + DAY_MS, 0);
const HOT = 7;
const EVENTS_PER_SLICE = 300;
const SLICES_PER_SEGMENT = 8;

let made: TestDatabase;
let pool: Pool;
let client: PoolClient;
let connection: Connection;

before(async () => {
  made = await makeDatabase();
  pool = createPool({ url: made.url, size: 2, connectTimeoutMs: 10_000 });
  await migrate({ pool, preparing: { enabled: false } });
  client = await pool.connect();
  connection = toConnection(client, { enabled: false });
});
after(async () => {
  client.release();
  await pool.end();
  await made[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const days = createPartitions({ pool, preparing: { enabled: false } });
  await days.ensure([START, START + DAY_MS]);
  await client.query("DELETE FROM seen; DELETE FROM event");
});

/** A key that is spread over all parts, as a hash is. */
function toKey(event: number): number {
  return Math.imul(event + 1, 0x9e3779b1);
}

/** Each event has its own name and the one that all have. */
function toSlice(slice: number, first = FIRST): readonly SeenRow[] {
  return Array.from({ length: EVENTS_PER_SLICE }, (_, i) => {
    const event = slice * EVENTS_PER_SLICE + i;
    return [toKey(event), HOT].map((key) => ({ key, eventSeq: first + event }));
  }).flat();
}

async function add(rows: readonly SeenRow[]): Promise<void> {
  await runSteps(seenWrites(connection).addSeen(rows));
}

async function read(
  key: number,
  p: { upwards?: boolean; low?: number; high?: number; count?: number } = {},
): Promise<readonly number[]> {
  const all = { upwards: true, low: 0, high: Number.MAX_SAFE_INTEGER, count: 1e9 };
  const [seqs = []] = await runSteps(seenReads(connection).readSeen({ keys: [key], ...all, ...p }));
  return seqs.map((seq) => seq - FIRST);
}

async function count(what: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`SELECT ${what} AS n FROM seen`);
  return rows[0]?.n ?? 0;
}
const countSlices = () => count("count(*) FILTER (WHERE part = -1)");

function listEvents(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

test("rows of many slices become a segment, in which every name is found as before", async () => {
  for (let slice = 0; slice < SLICES_PER_SEGMENT; slice++) {
    assert.equal(await countSlices(), slice);
    await add(toSlice(slice));
  }
  assert.equal(await countSlices(), 0);
  const all = SLICES_PER_SEGMENT * EVENTS_PER_SLICE;
  const segments = await count("count(*)");
  // Each slice alone has 220 rows or more.
  assert.ok(segments < 600, String(segments));
  await add(toSlice(SLICES_PER_SEGMENT));
  assert.equal(await countSlices(), 1);
  assert.ok((await count("count(*)")) > segments + 220);
  for (const event of [0, 1, 299, 300, all - 1, all, all + EVENTS_PER_SLICE - 1]) {
    assert.deepEqual(await read(toKey(event)), [event]);
  }
  assert.deepEqual(await read(toKey(all + EVENTS_PER_SLICE)), []);
});

test("a name in every event is read page by page both ways, and makes no row large", async () => {
  const all = (SLICES_PER_SEGMENT + 1) * EVENTS_PER_SLICE;
  for (let slice = 0; slice <= SLICES_PER_SEGMENT; slice++) await add(toSlice(slice));
  assert.ok((await count("max(octet_length(names))")) < 2 * ROW_BYTES);
  assert.deepEqual(await read(HOT), listEvents(0, all));
  assert.deepEqual(await read(HOT, { upwards: false }), listEvents(0, all).toReversed());
  for (const at of [0, 1, 241, 300, 1_234, 2_399, 2_400, all - 1]) {
    const [low, high] = [FIRST + at, FIRST + at + 1];
    const behind = await read(HOT, { low, count: 20 });
    assert.deepEqual(behind, listEvents(at, Math.min(at + 20, all)));
    const newer = await read(HOT, { high, count: 20, upwards: false });
    assert.deepEqual(newer, listEvents(Math.max(0, at - 19), at + 1).toReversed());
    assert.deepEqual(await read(HOT, { low, high, upwards: false }), [at]);
    assert.deepEqual(await read(HOT, { low, high }), [at]);
  }
});

test("a slice ends with its day, whose last slices stay and go with it", async () => {
  for (let slice = 0; slice < 3; slice++) await add(toSlice(slice));
  const last = FIRST + 3 * EVENTS_PER_SLICE;
  const next = [NEXT_DAY, NEXT_DAY + 1].map((eventSeq) => ({ key: HOT, eventSeq }));
  await add([{ key: HOT, eventSeq: last }, ...next]);
  const { rows } = await client.query<{ of: string; slices: number }>(
    `SELECT tableoid::regclass::text AS of, count(*) AS slices FROM seen WHERE part = -1
     GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(rows, [
    { of: "seen_2026_11_22", slices: 4 },
    { of: "seen_2026_11_23", slices: 1 },
  ]);
  const events = [...listEvents(0, 901), NEXT_DAY - FIRST, NEXT_DAY - FIRST + 1];
  assert.deepEqual(await read(HOT), events);
  assert.deepEqual(await read(HOT, { upwards: false }), events.toReversed());
  await client.query("DROP TABLE seen_2026_11_22");
  assert.deepEqual(await read(HOT), events.slice(-2));
});

test("names are removed from slices and from segments, and an empty row goes", async () => {
  for (let slice = 0; slice <= SLICES_PER_SEGMENT; slice++) await add(toSlice(slice));
  const all = (SLICES_PER_SEGMENT + 1) * EVENTS_PER_SLICE;
  const remove = async (rows: readonly SeenRow[]) =>
    await runSteps(seenWrites(connection).removeSeen(rows));
  const removed = [0, 5, 500, all - 1];
  await remove(
    removed.flatMap((event) =>
      [toKey(event), HOT].map((key) => ({ key, eventSeq: FIRST + event })),
    ),
  );
  for (const event of removed) assert.deepEqual(await read(toKey(event)), []);
  assert.deepEqual(await read(toKey(6)), [6]);
  assert.deepEqual(
    await read(HOT),
    listEvents(0, all).filter((event) => !removed.includes(event)),
  );
  const rows = await count("count(*)");
  await remove(toSlice(SLICES_PER_SEGMENT));
  assert.ok((await count("count(*)")) < rows - 220);
  assert.equal(await count("count(*) FILTER (WHERE part >= 0 AND octet_length(names) = 0)"), 0);
  // Names that are in no row change nothing.
  await remove([
    { key: toKey(1), eventSeq: FIRST },
    { key: 1, eventSeq: NEXT_DAY },
  ]);
  assert.deepEqual(await read(toKey(1)), [1]);
});

test("a slice that a crash ended leaves nothing, and is added again", async () => {
  for (let slice = 0; slice < SLICES_PER_SEGMENT - 1; slice++) await add(toSlice(slice));
  const rows = await count("count(*)");
  await client.query("BEGIN");
  await add(toSlice(SLICES_PER_SEGMENT - 1));
  assert.equal(await countSlices(), 0);
  await client.query("ROLLBACK");
  assert.deepEqual([await countSlices(), await count("count(*)")], [SLICES_PER_SEGMENT - 1, rows]);
  await add(toSlice(SLICES_PER_SEGMENT - 1));
  assert.deepEqual(await read(HOT), listEvents(0, SLICES_PER_SEGMENT * EVENTS_PER_SLICE));
});

test("events wait until they are enough for a slice, or until their day is over", async () => {
  const enough = 2_048;
  const slackMs = 5 * 60_000;
  const findSealable = async (sealedTo: number) =>
    await runSteps(seenReads(connection).sealable(Infinity, sealedTo));
  const addEvents = async (first: number, events: number) =>
    await client.query(
      `INSERT INTO event (seq, position, id, app_seq, type, payload, content_type, occurred_at, accepted_at)
       SELECT $1::bigint + n, n, 'msg_' || $1 || n, 1, 'x', '{}', 'application/json', 0, 0
       FROM generate_series(1, $2::bigint) n`,
      [first, events],
    );
  await client.query(`INSERT INTO app (seq, id, name, metadata, test, created_at, updated_at) OVERRIDING SYSTEM VALUE
     VALUES (1, 'app_1', '', '{}', false, 0, 0)`);
  await addEvents(FIRST - 1, enough - 1);
  const end = rowId(START + slackMs, 0);
  await addEvents(rowId(START + 2 * slackMs, 0), 1);
  assert.equal(await findSealable(FIRST), FIRST);
  // The days before have no event left.
  assert.equal(await findSealable(0), end);
  await addEvents(FIRST + enough, 1);
  assert.equal(await findSealable(FIRST), end);
  assert.equal(await findSealable(FIRST + 1), FIRST + 1);
  await addEvents(NEXT_DAY, 1);
  assert.equal(await findSealable(FIRST + 1), rowId(START + DAY_MS - slackMs, 0));
});
