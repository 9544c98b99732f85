/**
 * Endpoints that a dialect changes as one set: read with a token, changed only while the set is
 * still as the token says. The writer is alone, so comparing and changing in one call is enough. A
 * call that throws is rolled back whole by its group.
 */
import { AppError } from "../../core/error.ts";
import type { EndpointRow } from "../endpoint-row.ts";
import { MOST_READ, refuseOutside, type SetVersion, toToken } from "../endpoint-set.ts";
import type { Endpoint, EndpointSet, ReadSet, SetChange } from "../endpoints.ts";
import { findApp, type AppRow } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { loadEndpoint, findEndpoint } from "./endpoint-rows.ts";
import { changeEndpoint, insertEndpoint, replaceSecrets } from "./endpoint-writes.ts";
import type { Reader, Writer } from "./writer-types.ts";

/** Rows between two looks at the deadline. */
const CHUNK = 500;

export function readSet(reader: Reader, p: EndpointSet): ReadSet | null {
  const app = findApp(reader, p.appRef);
  if (app === null) return null;
  const rows = selectSet<EndpointRow>(reader, { ...p, app, columns: "*" });
  const endpoints: Endpoint[] = [];
  for (const row of rows) {
    endpoints.push(loadEndpoint(reader, row, app.id));
    if (endpoints.length % CHUNK === 0) reader.checkDeadline();
  }
  const state = findState(reader, p, app);
  return { appId: app.id, endpoints, state, token: toToken(app.id, rows, state) };
}

export function changeSet(
  writer: Writer,
  p: EndpointSet & { token: string; change: SetChange; now: number },
): readonly Endpoint[] | null {
  const app = findApp(writer, p.appRef);
  if (app === null) return null;
  const rows = selectSet<SetVersion>(writer, { ...p, app, columns: "id, version" });
  if (toToken(app.id, rows, findState(writer, p, app)) !== p.token) return null;
  refuseOutside(p, rows);
  const { create, update, remove, state } = p.change;
  const { now } = p;
  // What goes comes first: a new endpoint may take over the uid of one that goes.
  const removed = remove.map((id) => {
    const row = mustFind(writer, app, id);
    return changeEndpoint(writer, { app, row, change: { status: "deleted" }, now });
  });
  const updated = update.map(({ endpointId, change, secret }) => {
    const row = mustFind(writer, app, endpointId);
    if (secret !== undefined) replaceSecrets(writer, row, { secret, now });
    return changeEndpoint(writer, { app, row, change, now });
  });
  const created = create.map((endpoint) => insertEndpoint(writer, app, endpoint));
  if (state !== undefined) writeState(writer, p, { app, state });
  return [...removed, ...updated, ...created];
}

/** Oldest first. `endpoint_line` gives those of a line, `endpoint_app` those of an app, in order. */
function selectSet<Row>(
  connection: Connection,
  p: EndpointSet & { app: AppRow; columns: "*" | "id, version" },
): readonly Row[] {
  const ofLine = p.line === null ? "" : "AND lines = :lines";
  const rows = connection
    .sql(
      `SELECT ${p.columns} FROM endpoint
       WHERE appSeq = :appSeq ${ofLine} AND dialect = :dialect AND status <> 'deleted'
       ORDER BY seq LIMIT ${MOST_READ}`,
    )
    .all({
      appSeq: p.app.seq,
      dialect: p.dialect,
      ...(p.line === null ? {} : { lines: JSON.stringify([p.line]) }),
    });
  return rows as Row[];
}

function findState(connection: Connection, p: EndpointSet, app: AppRow): Uint8Array | null {
  const row = connection
    .sql("SELECT encrypted FROM dialectState WHERE appSeq = ? AND dialect = ?")
    .get(app.seq, p.dialect);
  return row === undefined ? null : (row["encrypted"] as Uint8Array);
}

function writeState(
  writer: Writer,
  p: EndpointSet,
  { app, state }: { app: AppRow; state: Uint8Array | null },
): void {
  if (state === null) {
    writer.sql("DELETE FROM dialectState WHERE appSeq = ? AND dialect = ?").run(app.seq, p.dialect);
    return;
  }
  writer
    .sql(
      `INSERT INTO dialectState (appSeq, dialect, encrypted) VALUES (?, ?, ?)
       ON CONFLICT (appSeq, dialect) DO UPDATE SET encrypted = excluded.encrypted`,
    )
    .run(app.seq, p.dialect, state);
}

function mustFind(writer: Writer, app: AppRow, id: string): EndpointRow {
  const row = findEndpoint(writer, app.seq, id);
  if (row === null) throw new AppError("not_found", `This set no longer has the endpoint "${id}".`);
  return row;
}
