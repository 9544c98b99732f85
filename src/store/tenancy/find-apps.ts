/**
 * Applications whose name or uid begins with a text: a range of one index, then a range of another. The cursor is the id
 * of an application, whose row says in which of the two it stands.
 */
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import type { App, AppListFilter } from "../interface/tenancy.ts";
import type { Page, PageRequest } from "../page.ts";
import { pageLimit, readsUpwards, toOrder } from "../paging.ts";
import { isTrue, type Session, type Steps } from "../session.ts";
import { type AppRow, toApp } from "./app-row.ts";

type Params = PageRequest & AppListFilter & { readonly beginning: string };
type Column = "name" | "uid";
type Place = { readonly text: string; readonly seq: number };
type Row = AppRow & { readonly isSending: boolean | number };

/** Rows that a page examines: filters, and uids beside a name that was found already, may leave few of them. */
const MOST_EXAMINED = 2_000;
/** The greatest text with a beginning is below the beginning and this character. */
const LAST_CHARACTER = "\u{10FFFF}";

export function* findByBeginning(s: Session, p: Params): Steps<Page<App>> {
  const beginning = fold(p.beginning);
  const upwards = readsUpwards(p);
  const limit = pageLimit(p);
  const cursor = p.after === null ? null : yield* findCursor(s, p.after);
  const columns: readonly Column[] = upwards ? ["name", "uid"] : ["uid", "name"];
  const start = cursor === null ? 0 : columns.indexOf(columnOf(cursor, beginning));
  const found: AppRow[] = [];
  let last: AppRow | null = null;
  let examined = 0;
  for (const [index, column] of columns.entries()) {
    if (index < start) continue;
    let after = cursor !== null && index === start ? toPlace(cursor, column) : null;
    for (;;) {
      const rows: readonly Row[] = yield* readRange(s, {
        column,
        beginning,
        after,
        upwards,
        count: limit + 1,
      });
      for (const row of rows) {
        if (found.length === limit && keeps(p, row, { column, beginning })) {
          return toFound(p, found, null);
        }
        if (keeps(p, row, { column, beginning })) found.push(row);
        last = row;
        after = toPlace(row, column);
      }
      if (rows.length <= limit) break;
      examined += rows.length;
      if (examined >= MOST_EXAMINED) return toFound(p, found, last);
    }
  }
  return { ...toFound(p, found, null), done: true };
}

/** `stoppedAt` is the last row of a page that ended before it was full. */
function toFound(p: Params, rows: readonly AppRow[], stoppedAt: AppRow | null): Page<App> {
  const items = rows.map(toApp);
  if (p.backward) items.reverse();
  return { items, done: false, ...(stoppedAt === null ? undefined : { next: stoppedAt.id }) };
}

function readRange(
  s: Session,
  p: {
    readonly column: Column;
    readonly beginning: string;
    readonly after: Place | null;
    readonly upwards: boolean;
    readonly count: number;
  },
): Steps<readonly Row[]> {
  const folded = `lower(${p.column} ${s.sql.binary})`;
  const order = toOrder(p.upwards);
  const { text, seq } = p.after ?? {
    text: p.upwards ? p.beginning : `${p.beginning}${LAST_CHARACTER}`,
    seq: p.upwards ? 0 : Number.MAX_SAFE_INTEGER,
  };
  return s.all<Row>(
    `SELECT app.*, EXISTS (SELECT 1 FROM endpoint
       WHERE app_seq = app.seq AND status <> 'deleted' AND status <> 'disabled') AS is_sending
     FROM app
     WHERE deleted_at IS NULL AND ${p.column} IS NOT NULL AND id <> '${OPERATOR_APP_ID}'
       AND ${folded} >= ?1 AND ${folded} < ?2
       AND (${folded}, seq) ${p.upwards ? ">" : "<"} (CAST(?3 AS TEXT), CAST(?4 AS BIGINT))
     ORDER BY ${folded} ${order}, seq ${order} LIMIT CAST(?5 AS BIGINT)`,
    [p.beginning, `${p.beginning}${LAST_CHARACTER}`, text, seq, p.count],
  );
}

function keeps(
  { excludeEmpty, excludeDisabled }: Params,
  row: Row,
  { column, beginning }: { readonly column: Column; readonly beginning: string },
): boolean {
  if (column === "uid" && columnOf(row, beginning) === "name") return false;
  if (excludeEmpty === true && row.endpointCount === 0) return false;
  return excludeDisabled !== true || row.endpointCount === 0 || isTrue(row.isSending);
}

type Named = Pick<AppRow, "seq" | "name" | "uid">;

function* findCursor(s: Session, id: string): Steps<Named | null> {
  return yield* s.one<Named>("SELECT seq, name, uid FROM app WHERE id = ?1", [id]);
}

function columnOf({ name }: Named, beginning: string): Column {
  return fold(name).startsWith(beginning) ? "name" : "uid";
}

function toPlace(row: Named, column: Column): Place {
  return { text: fold(row[column] ?? ""), seq: row.seq };
}

/** Both databases fold a text so in the index. */
function fold(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
