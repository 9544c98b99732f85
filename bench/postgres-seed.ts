/**
 * Fills a PostgreSQL store with events and their deliveries by SQL, day by day, while no node runs. The rows
 * are copies of the rows of one real event, with separate ids, instants and positions. A day is filled before
 * it is attached, so that its indexes are built once. A server in the mode `seeding` then writes it without a
 * log.
 */
import { Client } from "pg";
import { OWNER } from "../test/postgres/server.ts";
import { DAY_MS, toDay, firstRowId } from "../src/store/postgres/accept/row-ids.ts";
import type { Cluster } from "./cluster.ts";
import { EVENT_TYPE } from "./event.ts";
import type { Database } from "./postgres.ts";
import type { Rig } from "./rig.ts";

export type Seeding = {
  readonly database: Database;
  /** The row id of the event whose rows are copied. */
  readonly template: number;
  readonly count: number;
  /** The first and the last acceptance. Events are spread evenly between them, oldest first. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** Numbers of the rows continue from here in further `seedRows` calls on one store. */
  readonly from?: number;
  /** Pending at these endpoints in turn, and due since their acceptance; otherwise delivered. */
  readonly pendingAt?: readonly number[];
  /** Inserts the message ids that the windows would still have. */
  readonly dedupeWindowMs?: number;
};

type Table = "event" | "delivery" | "attempt" | "message";
/** SQL of the values that differ per row; `n` is its number, `t.at` its instant, `s.seq` its id. */
type Own = Readonly<Record<string, string>>;

/** The id is as long as the program's, and its first part orders by time. */
const idText = (prefix: string): string =>
  `'${prefix}' || lpad(to_hex(t.at / 1000), 8, '0') || substr(md5(s.seq::text), 1, 19)`;
const OWN = {
  event: {
    seq: "s.seq",
    position: "n",
    id: idText("msg_"),
    occurred_at: "t.at",
    accepted_at: "t.at",
  },
  delivery: {
    seq: "s.seq",
    event_seq: "s.seq",
    accepted_at: "t.at",
    base_at: "t.at",
    due_at: "t.at",
    finished_at: "t.at + 5",
  },
  attempt: {
    seq: "s.seq",
    delivery_seq: "s.seq",
    event_seq: "s.seq",
    at: "t.at",
    id: idText("atmpt_"),
  },
  message: { event_seq: "s.seq", snowflake: "s.seq" },
} as const satisfies Record<Table, Own>;
const MESSAGE_KIND = 2;
const WINDOW_TABLES = 4;
const SEARCHED_WINDOWS = 3;

/** Publishes one event of 100 bytes, waits for its delivery, and returns its row id. */
export async function makeTemplate(
  rig: Rig,
  cluster: Cluster,
  database: Database,
): Promise<number> {
  const before = rig.sink.received();
  const message = { id: "m-1", channel: "sms", from: "+14255550000", to: "+12065550142", text: "" };
  message.text = "Hi";
  await cluster.nodes[0]?.call("POST", `/app/${cluster.app}/msg`, {
    eventType: EVENT_TYPE,
    channels: ["c-00"],
    payload: { message },
  });
  await rig.sink.waitFor(before + 1);
  for (;;) {
    const rows = await database.sql("SELECT event_seq FROM delivery WHERE state = 1 LIMIT 1");
    if (rows.length > 0) return Number(rows[0]?.["event_seq"]);
  }
}

export async function seedRows(p: Seeding): Promise<void> {
  const client = new Client({ connectionString: p.database.url, user: OWNER });
  await client.connect();
  try {
    await client.query("SET synchronous_commit = off; SET work_mem = '256MB'");
    const perMs = p.count / (p.newestAt - p.oldestAt);
    let done = 0;
    for (let day = toDay(p.oldestAt); day <= p.newestAt; day += DAY_MS) {
      const since = Math.max(day, p.oldestAt);
      const until = Math.min(day + DAY_MS, p.newestAt);
      const last = day + DAY_MS > p.newestAt;
      const rows = last ? p.count - done : Math.round((until - since) * perMs);
      for (const table of p.pendingAt === undefined ? TABLES : PENDING_TABLES) {
        await fill(client, p, { table, day, since, until, rows, first: (p.from ?? 0) + done });
      }
      done += rows;
    }
    if (p.dedupeWindowMs !== undefined) await fillWindows(client, p, p.dedupeWindowMs);
    await addTally(client, p);
  } finally {
    await client.end();
  }
}

const TABLES: readonly Table[] = ["event", "message", "delivery", "attempt"];
const PENDING_TABLES: readonly Table[] = ["event", "delivery"];

type Part = {
  readonly table: Table;
  readonly day: number;
  readonly since: number;
  readonly until: number;
  readonly rows: number;
  readonly first: number;
};

async function fill(client: Client, p: Seeding, part: Part): Promise<void> {
  const { table, day } = part;
  const name = `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "_")}`;
  const { rows: known } = await client.query("SELECT FROM pg_class WHERE relname = $1", [name]);
  await client.query("BEGIN");
  if (known.length === 0) {
    await client.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS)`);
    const { rows } = await client.query<{ options: string | null }>(
      `SELECT array_to_string(reloptions, ', ') AS options FROM pg_class
       WHERE relname LIKE '${table}\\_20%' AND relkind = 'r' AND relname <> $1 LIMIT 1`,
      [name],
    );
    const options = rows[0]?.options ?? null;
    if (options !== null) await client.query(`ALTER TABLE ${name} SET (${options})`);
  }
  await client.query(await insertText(client, p, { ...part, name }));
  if (known.length === 0) {
    await client.query(`ALTER TABLE ${table} ATTACH PARTITION ${name}
      FOR VALUES FROM (${firstRowId(day)}) TO (${firstRowId(day + DAY_MS)})`);
  }
  await client.query("COMMIT");
}

async function insertText(
  client: Client,
  { template, pendingAt }: Seeding,
  part: Part & { name: string },
): Promise<string> {
  const { table, name, since, until, rows, first } = part;
  const { rows: columns } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  const names = columns.map((column) => column.name);
  const own: Own =
    pendingAt === undefined || table !== "delivery"
      ? OWN[table]
      : {
          ...OWN.delivery,
          endpoint_seq: `(ARRAY[${pendingAt.join(", ")}])[1 + n % ${pendingAt.length}]`,
          state: "0",
          attempts: "0",
          finished_at: "NULL",
          reason: "NULL",
        };
  const key =
    table === "delivery" || table === "attempt" || table === "message" ? "event_seq" : "seq";
  return `INSERT INTO ${name} (${names.join(", ")})
    SELECT ${names.map((column) => own[column] ?? `copied.${column}`).join(", ")}
    FROM (SELECT * FROM ${table} WHERE ${key} = ${template} LIMIT 1) AS copied
    CROSS JOIN generate_series(${first}, ${first + rows - 1}) AS n
    CROSS JOIN LATERAL (SELECT ${since} + ((n - ${first}) * ${(until - since) / Math.max(1, rows)})::bigint AS at) AS t
    CROSS JOIN LATERAL (SELECT ${rowIdText("t.at", "n")} AS seq) AS s`;
}

/** The SQL equivalent of `rowId`. */
function rowIdText(at: string, number: string): string {
  const perMinute = firstRowId(60_000);
  return `${at} / 60000 * ${perMinute} + ${number} % ${perMinute}`;
}

/**
 * Inserts the ids into the table of their half window, unless that has expired. Their digits are reversed, so
 * that they are scattered.
 */
async function fillWindows(client: Client, p: Seeding, dedupeWindowMs: number): Promise<void> {
  const half = dedupeWindowMs / 2;
  const current = WINDOW_TABLES - 1;
  await client.query(
    `INSERT INTO setting (name, value) VALUES ('windows', $1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [JSON.stringify({ current, since: p.newestAt - half / 2 })],
  );
  for (let back = 0; back < SEARCHED_WINDOWS; back++) {
    await client.query(
      `INSERT INTO window${current - back} (app_seq, kind, id, ref)
       SELECT app_seq, ${MESSAGE_KIND}, 'm-' || reverse(lpad((500000000000 + position)::text, 12, '0')), seq
       FROM event WHERE accepted_at <= $1 AND accepted_at > $2
         AND seq BETWEEN $3 AND $4 AND seq <> $5 ORDER BY 3`,
      [
        p.newestAt - back * half,
        p.newestAt - (back + 1) * half,
        firstRowId(p.newestAt - (back + 1) * half),
        firstRowId(p.newestAt + 60_000),
        p.template,
      ],
    );
  }
}

async function addTally(client: Client, { template, count, pendingAt }: Seeding): Promise<void> {
  await client.query(
    `INSERT INTO tally (app_seq, created, delivered, failed, cancelled, purged_delivered,
       purged_failed, purged_cancelled, pending_bytes)
     SELECT app_seq, $2::bigint, $3::bigint, 0, 0, 0, 0, 0, ($2::bigint - $3::bigint) * length(payload)
     FROM event WHERE seq = $1`,
    [template, count, pendingAt === undefined ? count : 0],
  );
}
