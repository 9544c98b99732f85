/** Payloads of stored events, for payload filters. One is in memory at a time, because they may be large. */
import { type PayloadFilter, toFilteredPayload } from "../../core/payload-filter/payload-filter.ts";
import type { Session, Steps } from "../session.ts";
import type { StoredPayload } from "./event-matching.ts";

export function* loadPayload(s: Session, eventSeq: number): Steps<StoredPayload | null> {
  return yield* s.one<StoredPayload>(
    "SELECT payload AS payload_text, content_type FROM event WHERE seq = ?1 AND payload IS NOT NULL",
    [eventSeq],
  );
}

/** The events that pass the filter. */
export function* keepPassing<Row extends { readonly seq: number }>(
  s: Session,
  filter: PayloadFilter | null,
  rows: readonly Row[],
): Steps<readonly Row[]> {
  if (filter === null) return rows;
  const passing: Row[] = [];
  for (const row of rows) {
    const payload = yield* loadPayload(s, row.seq);
    if (payload !== null && toFilteredPayload(payload).passes(filter)) passing.push(row);
  }
  return passing;
}
