/** The contract on PostgreSQL: each case has a new database on one server. */
import { firstRowId } from "../../../src/store/postgres/accept/row-ids.ts";
import { createPool, toConnection } from "../../../src/store/postgres/connection.ts";
import { createPartitions } from "../../../src/store/postgres/maintenance/partitions.ts";
import { migrate } from "../../../src/store/postgres/migrations.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import { seenWrites } from "../../../src/store/postgres/search/seen.ts";
import { runSteps, toSession, wait } from "../../../src/store/postgres/session.ts";
import { sealEvents } from "../../../src/store/search/seal.ts";
import type { Database } from "../../../src/store/postgres/transaction.ts";
import { makeDatabase, type TestDatabase } from "../../postgres/databases.ts";
import { START, toStoreOptions, type Harness, type Opened } from "./harness.ts";

export const onPostgres: Harness = { name: "PostgreSQL", open: openInDatabase };

/** Higher than all seeded numbers, so that rows of the store come after them. */
const FIRST_NUMBER = 1_000_000;
const MOST_EVENTS = 100_000;

let template: Promise<TestDatabase> | null = null;

async function openInDatabase(options: Parameters<Harness["open"]>[0]): Promise<Opened> {
  template ??= makeTemplate();
  const database = await makeDatabase({ template: (await template).name });
  let moved = 0;
  const given = toStoreOptions(() => moved, options);
  let store = await openPostgres(database.url, given);
  const reopen = async (): Promise<void> => {
    store = await openPostgres(database.url, given);
  };
  return {
    get store() {
      return store;
    },
    moveLeaseClock(ms) {
      moved += ms;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      await reopen();
    },
    contents: () => readContents(database),
    sealAll: () => sealAll(database),
    async seedBacklog(p) {
      // The store is closed first, because it has reserved its next numbers in memory.
      await store[Symbol.asyncDispose]();
      await seedBacklog(database, p);
      await reopen();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The schema and the day of the stories, created once; each test's database is a copy. */
async function makeTemplate(): Promise<TestDatabase> {
  const database = await makeDatabase();
  await withPool(database, async (opened) => {
    await migrate(opened);
    await createPartitions(opened).ensure([START]);
  });
  return database;
}

async function withPool(
  { url }: TestDatabase,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const pool = createPool({ url, size: 1, connectTimeoutMs: 10_000 });
  await work({ pool, preparing: { enabled: false } });
  await pool.end();
}

/** On one connection, and with one statement per table: the tables have some 300 columns. */
async function readContents(database: TestDatabase): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  await withPool(database, async ({ pool }) => {
    const { rows: tables } = await pool.query<{ name: string; columns: string[]; list: string }>(
      `SELECT relname AS name, array_agg(attname::text) AS columns,
       string_agg(CASE WHEN atttypid = 'bytea'::regtype THEN attname
         ELSE format('convert_to(%1$s::text, ''UTF8'') AS %1$s', attname) END, ', ') AS list
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND attnum > 0 AND NOT attisdropped GROUP BY relname`,
    );
    for (const { name, columns, list } of tables) {
      const { rows } = await pool.query<Record<string, Buffer | null>>(
        `SELECT ${list} FROM ${name}`,
      );
      for (const column of columns) {
        const bytes = rows.flatMap((row) => row[column] ?? []);
        contents.set(`${name}.${column}`, Buffer.concat(bytes));
      }
    }
  });
  return contents;
}

async function sealAll(database: TestDatabase): Promise<void> {
  await withPool(database, async ({ pool, preparing }) => {
    const client = await pool.connect();
    const connection = toConnection(client, preparing);
    await client.query("BEGIN");
    const [row] = await connection.sql<{ last: number | null }>(
      "SELECT max(seq) AS last FROM event",
    );
    const session = {
      ...toSession(connection),
      ...seenWrites(connection),
      sealable: () => wait(async () => (row?.last ?? 0) + 1),
    };
    await runSteps(sealEvents(session, { now: START }, MOST_EVENTS));
    await client.query("COMMIT");
    client.release();
  });
}

async function seedBacklog(
  database: TestDatabase,
  p: Parameters<Opened["seedBacklog"]>[0],
): Promise<void> {
  await withPool(database, async (opened) => await createPartitions(opened).ensure([START]));
  const [endpoint] = await database.sql("SELECT seq, app_seq, shard FROM endpoint WHERE id = $1", [
    p.endpointId,
  ]);
  const {
    seq,
    app_seq: appSeq,
    shard,
  } = endpoint as { seq: string; app_seq: string; shard: number };
  const first = firstRowId(START);
  await database.sql(
    `INSERT INTO event (seq, position, id, app_seq, type, payload, content_type, ordering_key,
      occurred_at, accepted_at)
     SELECT $1::bigint + n, n, 'msg_' || n, $2, 'dead', '{}', 'application/json', $3, $4::bigint, $4
     FROM generate_series(1, $5::bigint) n`,
    [first, appSeq, p.orderingKey, START, p.count],
  );
  await database.sql(
    `INSERT INTO delivery (seq, event_seq, endpoint_seq, part, state, due_at, slot, attempts, base_at,
      parked_ms, manual, bytes, ordering_key, skip_at, accepted_at)
     SELECT $1::bigint + n, $1::bigint + n, $2, 0, 0,
       CASE WHEN $3::text IS NULL OR n = 1 THEN $4::bigint END, 1, 0, $4::bigint, 0, false, 0, $3,
       CASE WHEN $3 IS NOT NULL THEN $4 + 3600000 END, $5 FROM generate_series(1, $6::bigint) n`,
    [first, seq, p.orderingKey, p.dueAt, START, p.count],
  );
  await database.sql(
    "INSERT INTO endpoint_queue (endpoint_seq, shard, next_due_at) VALUES ($1, $2, $3)",
    [seq, shard, p.dueAt],
  );
  await database.sql(
    `INSERT INTO tally (app_seq, created, delivered, failed, cancelled, purged_delivered, purged_failed,
      purged_cancelled, pending_bytes) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0)`,
    [appSeq, p.count],
  );
  await database.sql(
    "SELECT setval('event_number', $1::bigint), setval('delivery_number', $1::bigint)",
    [FIRST_NUMBER],
  );
  // The server does this by itself while a backlog grows.
  await database.sql("ANALYZE event, delivery");
}
