/**
 * Fills a store with finished deliveries by SQL, while no server runs. The rows are copies of the rows of one
 * real event, with separate ids, instants and positions. So they have the size and the columns of real ones.
 */
import { randomBytes } from "node:crypto";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { createIdSource } from "../src/core/ids/ids.ts";
import { toMessageId } from "./event.ts";

export type Seed = {
  readonly file: string;
  readonly events: number;
  /** The first and the last acceptance. Events are spread evenly between them, oldest first. */
  readonly oldestAt: number;
  readonly newestAt: number;
  readonly dedupeWindowMs: number;
};

type Row = Record<string, SQLInputValue>;

const EVENTS_PER_COMMIT = 20_000;
const DAY_MS = 86_400_000;
/**
 * A number far from those of live events. Its digits are reversed, so that the ids are scattered among those.
 */
const FIRST_NUMBER = 500_000_000_000;
const WINDOW_TABLES = 4;
const MESSAGE_KIND = 2;

/** Leaves only the seeded events in the store: removes the template and everything before it. */
export function seedHistory(seed: Seed): void {
  const db = new DatabaseSync(seed.file);
  // A crash may damage an unfinished seed, which is then created again.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
  const template = readTemplate(db);
  const write = prepareWrites(db, template);
  clear(db);
  const newWindow = createWindowWriter(db, seed);
  let now = seed.oldestAt;
  const ids = createIdSource({ now: () => now, randomBytes });
  const step = (seed.newestAt - seed.oldestAt) / seed.events;
  for (let seq = 1; seq <= seed.events; seq++) {
    if (seq % EVENTS_PER_COMMIT === 1) db.exec("BEGIN");
    now = Math.floor(seed.oldestAt + seq * step);
    write.event({ seq, id: ids.next("msg_"), occurredAt: now, acceptedAt: now });
    write.delivery({ seq, eventSeq: seq, baseAt: now, acceptedAt: now, finishedAt: now + 5 });
    write.attempt({
      seq,
      id: ids.next("atmpt_"),
      deliverySeq: seq,
      eventSeq: seq,
      at: now,
    });
    write.message({ seq, eventSeq: seq, snowflake: FIRST_NUMBER + seq });
    newWindow(now, toMessageId(FIRST_NUMBER + seq), seq);
    if (seq % EVENTS_PER_COMMIT === 0 || seq === seed.events) db.exec("COMMIT");
  }
  const app = template.event["appSeq"] as number;
  db.prepare(
    `INSERT INTO tallyTotal (appSeq, created, delivered, failed, cancelled, purgedDelivered,
      purgedFailed, purgedCancelled) VALUES (?, ?, ?, 0, 0, 0, 0, 0)`,
  ).run(app, seed.events, seed.events);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

const TABLES = ["event", "delivery", "attempt", "message"] as const;
type Template = Record<(typeof TABLES)[number], Row>;

/** The newest event with a finished delivery, and its rows. */
function readTemplate(db: DatabaseSync): Template {
  const one = (text: string, ...values: SQLInputValue[]): Row => {
    const row = db.prepare(text).get(...values);
    if (row === undefined) throw new Error(`nothing to copy from: ${text}`);
    return row;
  };
  const delivery = one("SELECT * FROM delivery WHERE state = 1 ORDER BY seq DESC LIMIT 1");
  const eventSeq = delivery["eventSeq"] as number;
  return {
    delivery,
    event: one("SELECT * FROM event WHERE seq = ?", eventSeq),
    attempt: one("SELECT * FROM attempt WHERE eventSeq = ? AND succeeded = 1 LIMIT 1", eventSeq),
    // The snowflake is excluded, because it does not fit a double. Every copy gets a new one.
    message: {
      ...one("SELECT seq, appSeq, eventSeq, record FROM message WHERE eventSeq = ?", eventSeq),
      snowflake: 0,
    },
  };
}

function prepareWrites(
  db: DatabaseSync,
  template: Template,
): Record<keyof Template, (own: Row) => void> {
  function createWrite(table: keyof Template): (own: Row) => void {
    const copied = template[table];
    const names = Object.keys(copied);
    const insert = db.prepare(
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    );
    return (own) => {
      insert.run(
        ...names.map((name) => (own[name] === undefined ? copied[name] : own[name]) ?? null),
      );
    };
  }
  return {
    event: createWrite("event"),
    delivery: createWrite("delivery"),
    attempt: createWrite("attempt"),
    message: createWrite("message"),
  };
}

export function clear(db: DatabaseSync): void {
  const windows = Array.from({ length: WINDOW_TABLES }, (_, i) => `window${i}`);
  for (const table of [
    ...TABLES,
    "attachment",
    "tally",
    "tallyTotal",
    "endpointQueue",
    ...windows,
  ]) {
    db.exec(`DELETE FROM ${table}`);
  }
}

/**
 * Inserts message ids as the server would have them by now: into the table of their half window, unless that
 * has expired.
 */
function createWindowWriter(
  db: DatabaseSync,
  seed: Seed,
): (at: number, id: string, ref: number) => void {
  const half = seed.dedupeWindowMs / 2;
  const current = WINDOW_TABLES - 1;
  db.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('windows', ?)").run(
    JSON.stringify({ current, since: seed.newestAt - Math.min(half, DAY_MS) / 2 }),
  );
  const inserts = Array.from({ length: WINDOW_TABLES - 1 }, (_, back) =>
    db.prepare(`INSERT INTO window${current - back} (appSeq, kind, id, ref) VALUES (?, ?, ?, ?)`),
  );
  const app = db.prepare("SELECT min(seq) AS seq FROM app").get()?.["seq"] as number;
  return (at, id, ref) => {
    const back = Math.floor((seed.newestAt - at) / half);
    inserts[back]?.run(app, MESSAGE_KIND, id, ref);
  };
}
