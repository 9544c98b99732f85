/** A search over all applications: their names, hosts of endpoints, and ids that name their application. */
import { isSnowflake } from "../../core/ids/snowflake.ts";
import { parseSearch, type SearchQuery } from "../../core/search/search-query.ts";
import type { HistorySession } from "../history/session.ts";
import type { Hit, Hits, SearchStore } from "../interface/search.ts";
import type { Steps } from "../session.ts";
import { type FoundEvent, toEventHit, toHits } from "./hits.ts";

/** Rows of a table that grows with the applications; the newest ones are searched. */
const ROWS_READ = 10_000;
const SHOWN = 20;

type Named = {
  readonly id: string;
  readonly appId: string;
  readonly label: string;
  readonly at: number;
};

export function* searchEverywhere(
  s: HistorySession,
  p: Parameters<SearchStore["everywhere"]>[0],
): Steps<Hits> {
  const query = parseSearch(p.query);
  yield* s.beginLookups();
  const found = yield* s.together<readonly Hit[]>([
    findApps(s, query),
    findEndpoints(s, query),
    findEvents(s, query),
    findTasks(s, query),
  ]);
  return toHits(found.flat(), null);
}

function* findApps(s: HistorySession, { text, part }: SearchQuery): Steps<readonly Hit[]> {
  const columns = "id, id AS app_id, name AS label, created_at AS at";
  const exact = yield* s.all<Named>(
    `SELECT ${columns} FROM app WHERE id = ?1 AND deleted_at IS NULL
     UNION ALL SELECT ${columns} FROM app WHERE uid = ?1 AND deleted_at IS NULL`,
    [text],
  );
  if (part === null) return toNamedHits("app", exact);
  const includes = (column: string) => s.sql.includes(`lower(${column})`, "lower(?1)");
  const rows = yield* s.all<Named>(
    `SELECT ${columns} FROM
       (SELECT id, uid, name, created_at FROM app WHERE deleted_at IS NULL
        ORDER BY seq DESC LIMIT ${ROWS_READ}) AS chunk
     WHERE ${includes("name")} OR ${includes("uid")} LIMIT ${SHOWN}`,
    [part],
  );
  return toNamedHits("app", [...exact, ...rows]);
}

function* findEndpoints(s: HistorySession, { text, part }: SearchQuery): Steps<readonly Hit[]> {
  const columns = "chunk.id, app.id AS app_id, url AS label, chunk.created_at AS at";
  const live = "chunk.status <> 'deleted' AND app.deleted_at IS NULL";
  const exact = yield* s.all<Named>(
    `SELECT ${columns} FROM endpoint AS chunk JOIN app ON app.seq = chunk.app_seq
     WHERE chunk.id = ?1 AND ${live}`,
    [text],
  );
  if (part === null) return toNamedHits("endpoint", exact);
  const rows = yield* s.all<Named>(
    `SELECT ${columns} FROM (SELECT * FROM endpoint ORDER BY seq DESC LIMIT ${ROWS_READ}) AS chunk
       JOIN app ON app.seq = chunk.app_seq
     WHERE ${s.sql.includes("lower(url)", "lower(?1)")} AND ${live} LIMIT ${SHOWN}`,
    [part],
  );
  return toNamedHits("endpoint", [...exact, ...rows]);
}

function* findEvents(s: HistorySession, { text, snowflake }: SearchQuery): Steps<readonly Hit[]> {
  const columns = "event.id, type, accepted_at, app.id AS app_id";
  const join = "FROM event JOIN app ON app.seq = event.app_seq";
  const live = "app.deleted_at IS NULL AND accepted_at >= ?2";
  type Row = FoundEvent & { readonly appId: string };
  const events = yield* s.all<Row>(`SELECT ${columns} ${join} WHERE event.id = ?1 AND ${live}`, [
    text,
    s.horizon(),
  ]);
  const texts =
    snowflake === null || !isSnowflake(snowflake)
      ? []
      : yield* s.all<Row>(
          `SELECT ${columns}, participants ${join} WHERE event.seq =
             (SELECT event_seq FROM message WHERE snowflake = ?1) AND ${live}`,
          [snowflake, s.horizon()],
        );
  return [
    ...events.map((row) => toEventHit(row.appId, { ...row, participants: null })),
    ...texts.map((row) => toEventHit(row.appId, row)),
  ];
}

function* findTasks(s: HistorySession, { text }: SearchQuery): Steps<readonly Hit[]> {
  const rows = yield* s.all<Named>(
    `SELECT job.id, app.id AS app_id, kind AS label, job.created_at AS at
     FROM job JOIN app ON app.seq = job.app_seq WHERE job.id = ?1 AND app.deleted_at IS NULL`,
    [text],
  );
  return toNamedHits("task", rows);
}

function toNamedHits(kind: Hit["kind"], rows: readonly Named[]): readonly Hit[] {
  return rows.map((row) => ({ kind, ...row, text: null }));
}
