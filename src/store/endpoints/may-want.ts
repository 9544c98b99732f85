/** Whether any endpoint of an application may get an event, before it is published. Reads until it finds one. */
import { toPossible } from "../../core/events/possible-events.ts";
import type { EndpointStore } from "../interface/endpoints.ts";
import type { Session, Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { type EndpointRow, toAsking } from "./endpoint-row.ts";

/** About a millisecond each, so an application with 10,000 other endpoints takes 20. */
const CHUNK_ROWS = 500;

export function* mayWant(
  s: Session,
  p: Parameters<EndpointStore["mayWant"]>[0],
): Steps<boolean | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const isPossible = toPossible(p);
  for (let after = 0; ; s.checkDeadline()) {
    const rows = yield* s.all<EndpointRow>(
      `SELECT seq, dialect, status, event_types, channels FROM endpoint
       WHERE app_seq = ?1 AND status <> 'deleted' AND seq > ?2
       ORDER BY seq LIMIT ${CHUNK_ROWS}`,
      [app.seq, after],
    );
    if (rows.some((row) => isPossible(toAsking(row)))) return true;
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK_ROWS) return false;
    after = last.seq;
  }
}
