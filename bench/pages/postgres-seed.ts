/**
 * Fills a PostgreSQL store with conversations and their finished deliveries, day by day, while no node runs. A
 * day is filled before it is attached, so that its indexes are built once. A server in the mode `seeding` then
 * writes it without a log. A second connection finishes each day while the events of the next one are written.
 */
import { Client } from "pg";
import { DAY_MS, firstRowId, rowId, toDay } from "../../src/store/postgres/accept/row-ids.ts";
import { POSITIONS_PER_TRANSACTION } from "../../src/store/postgres/accept/feed-position.ts";
import { OWNER } from "../../test/postgres/server.ts";
import type { Database } from "../postgres.ts";
import {
  converse,
  ENDPOINTS_PER_APP,
  EVENTS_PER_CONVERSATION,
  listNumbers,
  type Sample,
  type SeededEvent,
  type Template,
  type World,
} from "./conversations.ts";
import { auditSql, FAILED_EVERY, seriesSql } from "./shared-rows.ts";

const ROWS_AT_ONCE = 2_000;
const FIRST_CONTACT = 20_000_000_000;
const MINUTE_MS = 60_000;
const NUMBERS_PER_MINUTE = firstRowId(MINUTE_MS);
const EVENT_TABLES = ["event", "message"] as const;
const CHILD_TABLES = ["delivery", "attempt"] as const;
const FILLED = [...EVENT_TABLES, ...CHILD_TABLES];
type Table = (typeof FILLED)[number];
/** SQL of the values that differ per row. */
type Own = Readonly<Record<string, string>>;

export async function seedPostgres(p: {
  readonly database: Database;
  readonly world: World;
  readonly conversations: number;
  readonly oldestAt: number;
  readonly newestAt: number;
}): Promise<readonly Sample[]> {
  const client = await connect(p.database);
  const beside = await connect(p.database);
  try {
    const templates = await copyTemplates(client, p.world);
    await copyTemplates(beside, p.world);
    await fillContacts(client, p.world);
    const samples: Sample[] = [];
    const events = converse({ ...p, templates, samples });
    let next = events.next();
    const perDay = (DAY_MS / (p.newestAt - p.oldestAt)) * p.conversations * EVENTS_PER_CONVERSATION;
    let n = 0;
    let finished: Promise<void> = Promise.resolve();
    while (next.done !== true) {
      const day = toDay(next.value.at);
      const name = (table: string) =>
        `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "_")}`;
      let position = await takePositions(client, Math.ceil(perDay) + POSITIONS_PER_TRANSACTION);
      await client.query("BEGIN");
      const isNew = !(await hasDay(client, name));
      if (isNew) await createTables(client, name, EVENT_TABLES);
      const add = await createWriter(client, name);
      const since = n;
      for (let rows: SeededEvent[] = []; ; rows = []) {
        while (next.done !== true && toDay(next.value.at) === day && rows.length < ROWS_AT_ONCE) {
          rows.push(next.value);
          next = events.next();
        }
        if (rows.length === 0) break;
        await add(rows, n, position);
        n += rows.length;
        position += rows.length;
      }
      await client.query("COMMIT");
      await finished;
      // The published conversations are later.
      const until = Math.min(day + DAY_MS, p.newestAt + MINUTE_MS);
      finished = finishDay(beside, { name, day, until, isNew });
      // Its failure is thrown where the next day waits for it.
      finished.catch(() => undefined);
      console.log(`seeded ${name("event")}: ${n - since} events`);
    }
    await finished;
    await addTallies(client);
    for (const text of [...seriesSql(p.newestAt), auditSql(p.newestAt)]) await client.query(text);
    return samples;
  } finally {
    await client.end();
    await beside.end();
  }
}

async function connect({ url }: Database): Promise<Client> {
  const client = new Client({ connectionString: url, user: OWNER });
  await client.connect();
  await client.query("SET synchronous_commit = off; SET work_mem = '256MB'");
  return client;
}

/** Adds deliveries and attempts of the day, builds its indexes and vacuums it. */
async function finishDay(
  client: Client,
  p: { name: Name; day: number; until: number; isNew: boolean },
): Promise<void> {
  const { name, day } = p;
  await client.query("BEGIN");
  if (p.isNew) await createTables(client, name, CHILD_TABLES);
  await addChildren(client, name, { low: firstRowId(day), high: firstRowId(p.until) });
  if (p.isNew) await attachDay(client, name, day);
  await client.query("COMMIT");
  await client.query(`VACUUM (ANALYZE, FREEZE) ${FILLED.map(name).join(", ")}`);
}

/** Each template keeps its place. Deliveries and attempts are those of the first event of each application. */
async function copyTemplates(client: Client, { published }: World): Promise<readonly Template[]> {
  const ids = published.flat();
  await client.query(
    `CREATE TEMP TABLE copied_event AS SELECT given.place - 1 AS template, event.*
     FROM unnest($1::text[]) WITH ORDINALITY AS given (id, place) JOIN event USING (id)`,
    [ids],
  );
  const first = published.map(([id]) => id);
  for (const table of ["delivery", "attempt"]) {
    await client.query(
      `CREATE TEMP TABLE copied_${table} AS
       SELECT ${table}.*, endpoint.app_seq AS of_app,
         row_number() OVER (PARTITION BY endpoint.app_seq ORDER BY endpoint_seq) - 1 AS place
       FROM ${table} JOIN endpoint ON endpoint.seq = endpoint_seq
       WHERE event_seq IN (SELECT seq FROM event WHERE id = ANY ($1))`,
      [first],
    );
  }
  const { rows } = await client.query<Template>(
    "SELECT participants, payload FROM copied_event ORDER BY template",
  );
  return rows;
}

async function fillContacts(client: Client, world: World): Promise<void> {
  let contactId = FIRST_CONTACT;
  for (const [app, { id }] of world.apps.entries()) {
    const numbers = listNumbers(app);
    await client.query(
      `INSERT INTO contact (app_seq, number, contact_id, record)
       SELECT app_seq, given.number, $3::bigint + place, replace(record, copied.number, given.number)
       FROM unnest($1::text[]) WITH ORDINALITY AS given (number, place)
       CROSS JOIN (SELECT contact.* FROM contact JOIN app ON app.seq = app_seq WHERE id = $2 LIMIT 1) AS copied`,
      [numbers, id, contactId],
    );
    contactId += numbers.length + 1;
  }
}

/** Positions as transactions have them, so that later events have later ones. */
async function takePositions(client: Client, count: number): Promise<number> {
  let first: number | undefined;
  for (let taken = 0; taken < count; taken += POSITIONS_PER_TRANSACTION) {
    const { rows } = await client.query<{ xid: string }>(
      "SELECT pg_current_xact_id()::text AS xid",
    );
    first ??= Number(rows[0]?.xid);
  }
  return (first ?? 0) * POSITIONS_PER_TRANSACTION;
}

type Name = (table: string) => string;

/** True for a day that the server has created. */
async function hasDay(client: Client, name: Name): Promise<boolean> {
  const { rows } = await client.query("SELECT FROM pg_class WHERE relname = $1", [name("event")]);
  return rows.length > 0;
}

async function createTables(client: Client, name: Name, tables: readonly Table[]): Promise<void> {
  for (const table of tables) {
    await client.query(`CREATE TABLE ${name(table)} (LIKE ${table} INCLUDING DEFAULTS)`);
  }
}

async function attachDay(client: Client, name: Name, day: number): Promise<void> {
  await client.query(`CREATE TABLE ${name("seen")} PARTITION OF seen
    FOR VALUES FROM (${firstRowId(day)}) TO (${firstRowId(day + DAY_MS)})`);
  for (const table of FILLED) {
    await client.query(`ALTER TABLE ${table} ATTACH PARTITION ${name(table)}
      FOR VALUES FROM (${firstRowId(day)}) TO (${firstRowId(day + DAY_MS)})`);
  }
}

async function createWriter(client: Client, name: Name) {
  const columns = await listColumns(client, "event");
  const own: Own = {
    seq: "given.seq",
    position: "$2::bigint + place",
    id: "given.id",
    event_id: "given.event_id",
    occurred_at: "given.at",
    accepted_at: "given.at",
    participants: "given.participants",
    payload: "given.payload",
  };
  const values = columns.map((column) => own[column] ?? `copied.${column}`);
  const text = `INSERT INTO ${name("event")} (${columns.join(", ")}) SELECT ${values.join(", ")}
    FROM json_to_recordset($1) AS given
      (seq bigint, template int, id text, event_id text, at bigint, participants text, payload text, place bigint)
    JOIN copied_event AS copied ON copied.template = given.template`;
  return async (rows: readonly SeededEvent[], n: number, position: number): Promise<void> => {
    const seqs = rows.map(({ at }, i) => rowId(at, (n + i) % NUMBERS_PER_MINUTE));
    const given = rows.map(({ eventId: event_id, snowflake: _, ...row }, i) => ({
      ...row,
      event_id,
      seq: seqs[i],
      place: i,
    }));
    await client.query(text, [JSON.stringify(given), position]);
    const made = rows.flatMap(({ snowflake }, i) =>
      snowflake === null ? [] : [{ seq: seqs[i], snowflake: `${snowflake}` }],
    );
    await client.query(
      `INSERT INTO ${name("message")} (event_seq, app_seq, snowflake)
       SELECT seq, app_seq, snowflake FROM json_to_recordset($1) AS given (seq bigint, snowflake bigint)
       JOIN ${name("event")} AS event USING (seq)`,
      [JSON.stringify(made)],
    );
  };
}

async function addChildren(
  client: Client,
  name: Name,
  { low, high }: { low: number; high: number },
): Promise<void> {
  const number = `event.seq % ${NUMBERS_PER_MINUTE} * ${ENDPOINTS_PER_APP} + place`;
  const seq = `event.seq / ${NUMBERS_PER_MINUTE} * ${NUMBERS_PER_MINUTE} + (${number}) % ${NUMBERS_PER_MINUTE}`;
  const isFailed = `(${number}) % ${FAILED_EVERY} = 0`;
  const own: Readonly<Partial<Record<Table, Own>>> = {
    delivery: {
      seq,
      event_seq: "event.seq",
      accepted_at: "event.accepted_at",
      base_at: "event.accepted_at",
      due_at: "event.accepted_at",
      finished_at: "event.accepted_at + 5",
      state: `CASE WHEN ${isFailed} THEN 2 ELSE 1 END`,
      reason: `CASE WHEN ${isFailed} THEN 'exhausted' END`,
      failed_app: `CASE WHEN ${isFailed} THEN event.app_seq END`,
    },
    attempt: {
      seq,
      id: `'atmpt_' || substr(event.id, 5, 12) || lpad((${number})::text, 15, '0')`,
      delivery_seq: seq,
      event_seq: "event.seq",
      at: "event.accepted_at",
      succeeded: `NOT (${isFailed})`,
      status_code: `CASE WHEN ${isFailed} THEN 503 ELSE 200 END`,
    },
  };
  for (const table of CHILD_TABLES) {
    const columns = await listColumns(client, table);
    const values = columns.map((column) => own[table]?.[column] ?? `copied.${column}`);
    await client.query(
      `INSERT INTO ${name(table)} (${columns.join(", ")}) SELECT ${values.join(", ")}
       FROM ${name("event")} AS event JOIN copied_${table} AS copied ON copied.of_app = event.app_seq
       WHERE event.seq >= $1 AND event.seq < $2
       ORDER BY event.seq, place`,
      [low, high],
    );
  }
}

async function listColumns(client: Client, table: Table): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}

async function addTallies(client: Client): Promise<void> {
  await client.query(
    `INSERT INTO tally (app_seq, created, delivered, failed, cancelled, purged_delivered,
       purged_failed, purged_cancelled, pending_bytes)
     SELECT app_seq, count(*), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
       0, 0, 0, 0, 0
     FROM delivery JOIN endpoint ON endpoint.seq = endpoint_seq GROUP BY app_seq`,
  );
}
