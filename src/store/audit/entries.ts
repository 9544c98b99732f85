/** Lists entries of the audit, deletes old ones, and has the change that is nothing but its entry. */
import type { AuditEntry, AuditStore } from "../interface/audit.ts";
import type { Page } from "../page.ts";
import { findApp } from "../tenancy/app-row.ts";
import type { Session, Steps, Value, WriteSession } from "../session.ts";

const DAY_MS = 24 * 3_600_000;
const AUDIT_KEPT_MS = 400 * DAY_MS;

type Row = Omit<AuditEntry, "id" | "ids"> & { readonly seq: number; readonly ids: string };

export function* listAudit(
  s: Session,
  { window, filter }: Parameters<AuditStore["list"]>[0],
): Steps<Page<AuditEntry>> {
  const { after, limit, backward } = window;
  const values: Value[] = [limit + 1];
  const conditions: string[] = [];
  const add = (condition: string, value: Value | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${condition} ?${values.length}`);
  };
  add("app_id =", filter.appId);
  add("actor_id =", filter.actorId);
  add("verb =", filter.verb);
  if (filter.since !== undefined) {
    const oldest = yield* findOldest(s, filter.since);
    if (oldest === null) return { items: [], done: true };
    add("seq >=", oldest);
    // The clocks of nodes differ. The sign keeps this condition from choosing an index.
    add("+at >=", filter.since);
  }
  const end = backward ? 0 : Number.MAX_SAFE_INTEGER;
  add(backward ? "seq >" : "seq <", after === null ? end : Number(after));
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const rows = yield* s.all<Row>(
    `SELECT * FROM audit_entry ${where} ORDER BY seq ${backward ? "ASC" : "DESC"} LIMIT ?1`,
    values,
  );
  const shown = rows.slice(0, limit);
  const items = (backward ? shown.toReversed() : shown).map(toEntry);
  return { items, done: rows.length <= limit };
}

/** Entries are numbered in the order of their time, so those before this one are not read. */
function* findOldest(s: Session, since: number): Steps<number | null> {
  const row = yield* s.one<{ seq: number }>(
    "SELECT seq FROM audit_entry WHERE at >= ?1 ORDER BY at LIMIT 1",
    [since],
  );
  return row?.seq ?? null;
}

/** A reveal changes nothing; its entry is written beside it. */
export function* noteReveal(
  s: WriteSession,
  { appRef }: Parameters<AuditStore["reveal"]>[0],
): Steps<boolean> {
  return (yield* findApp(s, appRef)) !== null;
}

/** Part of the sweep. */
export function* deleteOldAudit(s: WriteSession, now: number, limit: number): Steps<number> {
  return yield* s.run(
    `DELETE FROM audit_entry WHERE seq IN
       (SELECT seq FROM audit_entry WHERE at < ?1 ORDER BY at LIMIT ?2)`,
    [now - AUDIT_KEPT_MS, limit],
  );
}

function toEntry({ seq, ids, ...row }: Row): AuditEntry {
  return { ...row, id: String(seq), ids: JSON.parse(ids) as string[] };
}
