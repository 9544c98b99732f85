/** Fills a SQLite store with conversations and their finished deliveries by SQL, while no server runs. */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { toText } from "../../src/store/sqlite/session.ts";
import { clear } from "../seed.ts";
import {
  converse,
  ENDPOINTS_PER_APP,
  listNumbers,
  type Sample,
  type Template,
  type World,
} from "./conversations.ts";
import { auditSql, FAILED_EVERY, seriesSql } from "./shared-rows.ts";

const EVENTS_PER_COMMIT = 20_000;
const FIRST_CONTACT = 20_000_000_000;

export function seedSqlite(p: {
  readonly file: string;
  readonly world: World;
  readonly conversations: number;
  readonly oldestAt: number;
  readonly newestAt: number;
}): readonly Sample[] {
  const db = new DatabaseSync(p.file);
  // A crash may damage an unfinished seed, which is then created again.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
  const templates = readTemplates(db, p.world);
  const write = prepareWrites(db, p.world);
  fillContacts(db, p.world);
  clear(db);
  const samples: Sample[] = [];
  let seq = 0;
  let first = 1;
  db.exec("BEGIN");
  for (const event of converse({ ...p, templates, samples })) {
    seq += 1;
    write.event(event.template, {
      seq,
      id: event.id,
      eventId: event.eventId,
      occurredAt: event.at,
      acceptedAt: event.at,
      participants: event.participants,
      payload: event.payload,
      checksum: null,
    });
    if (event.snowflake !== null)
      write.message(event.app, { eventSeq: seq, snowflake: event.snowflake });
    if (seq % EVENTS_PER_COMMIT > 0) continue;
    write.deliveries(first, seq);
    first = seq + 1;
    db.exec("COMMIT; BEGIN");
  }
  write.deliveries(first, seq);
  db.exec("COMMIT");
  db.exec(`INSERT INTO tallyTotal (appSeq, created, delivered, failed, cancelled, purgedDelivered,
      purgedFailed, purgedCancelled)
    SELECT appSeq, count(*), sum(state = 1), sum(state = 2), 0, 0, 0, 0
    FROM delivery JOIN endpoint ON endpoint.seq = endpointSeq GROUP BY appSeq`);
  for (const text of [...seriesSql(p.newestAt), auditSql(p.newestAt)]) db.exec(toText(text));
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return samples;
}

function readTemplates(db: DatabaseSync, { published }: World): readonly Template[] {
  const read = db.prepare("SELECT participants, payload FROM event WHERE id = ?");
  return published.flat().map((id) => read.get(id) as Template);
}

type Row = Readonly<Record<string, SQLInputValue>>;

/** Copies of published rows stay in temporary tables, because the tables are emptied. */
function prepareWrites(db: DatabaseSync, { published }: World) {
  const read = db.prepare("SELECT * FROM event WHERE id = ?");
  const events = published.flat().map((id) => {
    const row = read.get(id) as Row;
    return prepareCopies(db, "event", row);
  });
  const first = published.map(([id]) => id as string);
  const messages = first.map((id) => {
    // The snowflake is excluded, because it does not fit a double.
    const row = db
      .prepare(
        "SELECT message.appSeq, 0 AS eventSeq, 0 AS snowflake, record FROM message JOIN event ON event.seq = eventSeq WHERE id = ?",
      )
      .get(id) as Row;
    return prepareCopies(db, "message", row);
  });
  const ofFirst = `eventSeq IN (SELECT seq FROM event WHERE id IN (${first.map((id) => `'${id}'`).join()}))`;
  for (const table of ["delivery", "attempt"]) {
    db.exec(`CREATE TEMP TABLE copied_${table} AS
      SELECT ${table}.*, appSeq AS ofApp,
        row_number() OVER (PARTITION BY appSeq ORDER BY endpointSeq) - 1 AS place
      FROM ${table} JOIN endpoint ON endpoint.seq = endpointSeq WHERE ${ofFirst}`);
  }
  const seq = `(event.seq - 1) * ${ENDPOINTS_PER_APP} + place + 1`;
  const isFailed = `(${seq}) % ${FAILED_EVERY} = 0`;
  const deliveries = prepareChildren(db, "delivery", {
    seq,
    eventSeq: "event.seq",
    acceptedAt: "event.acceptedAt",
    baseAt: "event.acceptedAt",
    dueAt: "event.acceptedAt",
    finishedAt: "event.acceptedAt + 5",
    state: `iif(${isFailed}, 2, 1)`,
    reason: `iif(${isFailed}, 'exhausted', NULL)`,
    failedApp: `iif(${isFailed}, event.appSeq, NULL)`,
  });
  const attempts = prepareChildren(db, "attempt", {
    seq,
    id: `'atmpt_' || substr(event.id, 5, 12) || printf('%015d', ${seq})`,
    deliverySeq: seq,
    eventSeq: "event.seq",
    at: "event.acceptedAt",
    succeeded: `NOT (${isFailed})`,
    statusCode: `iif(${isFailed}, 503, 200)`,
  });
  return {
    event: (template: number, own: Row) => events[template]?.(own),
    message: (app: number, own: Row) => messages[app]?.(own),
    deliveries(low: number, high: number) {
      deliveries.run(low, high);
      attempts.run(low, high);
    },
  };
}

function prepareCopies(db: DatabaseSync, table: string, copied: Row): (own: Row) => void {
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

function prepareChildren(db: DatabaseSync, table: string, own: Readonly<Record<string, string>>) {
  const names = db
    .prepare(`SELECT name FROM pragma_table_info('${table}')`)
    .all()
    .map(({ name }) => String(name));
  return db.prepare(`INSERT INTO ${table} (${names.join(", ")})
    SELECT ${names.map((name) => own[name] ?? `copied.${name}`).join(", ")}
    FROM event JOIN copied_${table} AS copied ON copied.ofApp = event.appSeq
    WHERE event.seq BETWEEN ? AND ? ORDER BY event.seq, place`);
}

function fillContacts(db: DatabaseSync, world: World): void {
  const insert = db.prepare(`INSERT INTO contact (appSeq, number, contactId, record)
    SELECT appSeq, ?1, ?2, replace(record, number, ?1)
    FROM contact JOIN app ON app.seq = appSeq WHERE id = ?3 LIMIT 1`);
  let contactId = FIRST_CONTACT;
  db.exec("BEGIN");
  for (const [app, { id }] of world.apps.entries()) {
    for (const number of listNumbers(app)) insert.run(number, contactId++, id);
  }
  db.exec("COMMIT");
}
