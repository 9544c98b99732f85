/**
 * Endpoints, the worst first: by their state, and by age within a state. For all applications, states other than `ok` are
 * found in `endpoint_state` and among endpoints that are not enabled. The healthy ones then cost nothing.
 */
import {
  HEALTH_STATES,
  type Endpoint,
  type EndpointStore,
  type HealthPage,
  type HealthState,
} from "../interface/endpoints.ts";
import { PAGE_LIMIT } from "../paging.ts";
import type { Session, Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import type { EndpointRow } from "./endpoint-row.ts";
import { endpointHealths, stateSql } from "./health.ts";
import { loadEndpoints } from "./rows.ts";

type Params = Parameters<EndpointStore["listByHealth"]>[0];
/** The last endpoint of the previous page: its state's place, and its number. */
type Cursor = { readonly place: number; readonly seq: number };
type Row = EndpointRow & {
  readonly place: number;
  readonly appId: string;
  readonly appUid: string | null;
  readonly appName: string;
};
type Found = {
  readonly rows: readonly Row[];
  /** The cursor behind the examined endpoints; null when none are left. */
  readonly next: string | null;
};

/** Beyond it the order holds only for these; an operator has other problems then. */
const MOST_UNHEALTHY = 20_000;
/** Healthy endpoints that a page examines; a filter may leave few of them. */
const MOST_EXAMINED = 5_000;
const OK = HEALTH_STATES.indexOf("ok");
const LAST = Number.MAX_SAFE_INTEGER;

export function* listByHealth(s: Session, p: Params): Steps<HealthPage | null> {
  const app = p.appRef === null ? null : yield* findApp(s, p.appRef);
  if (p.appRef !== null && app === null) return null;
  const limit = Math.max(1, Math.min(p.limit, PAGE_LIMIT));
  const cursor = yield* findCursor(s, p.after);
  const all = toPlaces(p.states);
  const { rows, next } =
    app === null
      ? yield* findOfAll(s, { ...p, limit, cursor, places: all })
      : yield* findAmong(s, {
          ...p,
          limit,
          cursor,
          places: all,
          of: "app_seq = ?9",
          appSeq: app.seq,
        });
  const endpoints = yield* loadEndpoints(s, rows, (row) => row.appId);
  const endpointIds = endpoints.map(({ endpointId }) => endpointId);
  const views = yield* endpointHealths(s, { endpointIds, now: p.now });
  const items = rows.flatMap((row, index) => {
    const endpoint = endpoints[index] as Endpoint;
    const view = views.get(endpoint.endpointId);
    const { appId: id, appUid: uid, appName: name } = row;
    return view === undefined ? [] : [{ endpoint, app: { id, uid, name }, view }];
  });
  return { items, next };
}

function toPlaces(states: readonly HealthState[] | null): readonly number[] {
  return (states ?? HEALTH_STATES).map((state) => HEALTH_STATES.indexOf(state));
}

function* findCursor(s: Session, after: string | null): Steps<Cursor> {
  if (after === null) return { place: -1, seq: LAST };
  const [place = "", id = ""] = after.split(/_(.*)/);
  const row = yield* s.one<{ seq: number }>("SELECT seq FROM endpoint WHERE id = ?1", [id]);
  return { place: Number(place), seq: row?.seq ?? LAST };
}

type Search = Omit<Params, "after"> & {
  readonly cursor: Cursor;
  readonly places: readonly number[];
};

function* findOfAll(s: Session, p: Search): Steps<Found> {
  const unhealthy = p.places.filter((place) => place !== OK);
  let rows: readonly Row[] = [];
  if (unhealthy.length > 0 && p.cursor.place < OK) {
    const of = `endpoint.seq IN (SELECT seq FROM
      (SELECT endpoint_seq AS seq FROM endpoint_state
       UNION SELECT seq FROM endpoint ${s.sql.indexedBy("endpoint_held")}
         WHERE status <> 'enabled' AND folded_at IS NULL) AS candidates
      ORDER BY seq DESC LIMIT CAST(?9 AS BIGINT))`;
    const found = yield* findAmong(s, { ...p, places: unhealthy, of, appSeq: MOST_UNHEALTHY });
    if (found.next !== null) return found;
    rows = found.rows;
  }
  if (!p.places.includes(OK)) return { rows, next: null };
  const left = p.limit - rows.length;
  const last = rows.at(-1);
  if (left === 0 && last !== undefined) return { rows, next: toCursor(last) };
  const healthy = yield* findHealthy(s, { ...p, limit: left });
  return { rows: [...rows, ...healthy.rows], next: healthy.next };
}

const FROM = `endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq`;
const JUDGED = `SELECT endpoint.*, place, app.id AS app_id, app.uid AS app_uid, app.name AS app_name
  FROM judged JOIN endpoint ON endpoint.seq = judged.seq JOIN app ON app.seq = endpoint.app_seq`;

/** The condition of the filter; its parameters are ?5 and ?6. */
function filterSql(s: Session): string {
  const includes = (column: string) => s.sql.includes(`lower(${column})`, "CAST(?6 AS TEXT)");
  return `(CAST(?5 AS TEXT) IS NULL OR dialect = ?5)
    AND (CAST(?6 AS TEXT) IS NULL OR ${includes("url")} OR ${includes("description")}
      OR lower(endpoint.id) = ?6 OR lower(uid) = ?6)`;
}

/** `of` selects the endpoints to sort; ?9 is its parameter. */
function* findAmong(
  s: Session,
  p: Search & { readonly of: string; readonly appSeq: number },
): Steps<Found> {
  const rows = yield* s.all<Row>(
    `WITH judged AS (SELECT endpoint.seq AS seq, ${stateSql("?1")} AS place FROM ${FROM}
       WHERE status <> 'deleted' AND ${p.of} AND ${filterSql(s)})
     ${JUDGED}
     WHERE ${s.sql.oneOf("place", "?2", "bigint")}
       AND (place > ?3 OR (place = ?3 AND judged.seq < ?4))
     ORDER BY place, judged.seq DESC LIMIT ?7 + CAST(?8 AS BIGINT)`,
    [
      p.now,
      p.places,
      p.cursor.place,
      p.cursor.seq,
      p.dialect,
      toNeedle(p.text),
      p.limit,
      1,
      p.appSeq,
    ],
  );
  const page = rows.slice(0, p.limit);
  const last = page.at(-1);
  const isMore = rows.length > page.length && last !== undefined;
  return { rows: page, next: isMore ? toCursor(last) : null };
}

function* findHealthy(s: Session, p: Search): Steps<Found> {
  const before = p.cursor.place === OK ? p.cursor.seq : LAST;
  const examined = `SELECT seq FROM endpoint WHERE seq < ?4 ORDER BY seq DESC LIMIT ${MOST_EXAMINED}`;
  const rows = yield* s.all<Row>(
    `WITH judged AS (SELECT endpoint.seq AS seq, ${stateSql("?1")} AS place FROM ${FROM}
       WHERE endpoint.seq IN (${examined}) AND status <> 'deleted' AND ${filterSql(s)})
     ${JUDGED}
     WHERE ${s.sql.oneOf("place", "?2", "bigint")} AND place > ?3
     ORDER BY judged.seq DESC LIMIT ?7`,
    [p.now, [OK], -1, before, p.dialect, toNeedle(p.text), p.limit + 1],
  );
  const page = rows.slice(0, p.limit);
  const last = page.at(-1);
  if (rows.length > page.length && last !== undefined) return { rows: page, next: toCursor(last) };
  const end = yield* s.one<{ id: string }>(
    `SELECT id FROM endpoint WHERE seq < ?1 ORDER BY seq DESC LIMIT 1 OFFSET ${MOST_EXAMINED - 1}`,
    [before],
  );
  return { rows: page, next: end === null ? null : `${OK}_${end.id}` };
}

function toCursor({ place, id }: Row): string {
  return `${place}_${id}`;
}

function toNeedle(text: string | null): string | null {
  return text === null ? null : text.toLowerCase();
}
