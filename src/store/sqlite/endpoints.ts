/**
 * Endpoints one by one. What is owed to one that is paused, disabled or deleted is not touched:
 * `parked` and `cancelled` follow from the endpoint's row, so such a change costs the same with half
 * a million deliveries behind it.
 */
import { checkRotation, type SecretTerm } from "../../core/signing-secret.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { EndpointRow } from "../endpoint-row.ts";
import type { Endpoint, EndpointStore } from "../endpoints.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { loadEndpoint, findEndpoint } from "./endpoint-rows.ts";
import {
  bumpVersion,
  changeEndpoint,
  endpointEvenDeleted,
  insertEndpoint,
} from "./endpoint-writes.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Writer } from "./writer-types.ts";

export function createEndpoint(
  writer: Writer,
  p: { appRef: string; endpoint: Endpoint; idempotencyKey: IdempotencyKey | null },
): Idempotent<Endpoint> | null {
  const app = findApp(writer, p.appRef);
  if (app === null) return null;
  const before = findIdempotent(writer, p.idempotencyKey)?.[0];
  if (before !== undefined) {
    return { repeated: true, value: endpointEvenDeleted(writer, before, app.id) };
  }
  const made = insertEndpoint(writer, app, p.endpoint);
  saveIdempotent(writer, p.idempotencyKey, [made.endpointId]);
  return { repeated: false, value: made };
}

export function getEndpoint(
  connection: Connection,
  p: { appRef: string; ref: string },
): Endpoint | null {
  const app = findApp(connection, p.appRef);
  const row = app === null ? null : findEndpoint(connection, app.seq, p.ref);
  return app === null || row === null ? null : loadEndpoint(connection, row, app.id);
}

export function listEndpoints(
  connection: Connection,
  p: PageRequest & { appRef: string; dialect: Dialect | null },
): Page<Endpoint> | null {
  const app = findApp(connection, p.appRef);
  if (app === null) return null;
  const upwards = readsUpwards(p);
  const rows = connection
    .sql(
      `SELECT * FROM endpoint
       WHERE appSeq = ?1 AND status <> 'deleted'
         AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM endpoint WHERE id = ?2), ?3)
         AND (?4 IS NULL OR dialect = ?4)
       ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT ?5`,
    )
    .all(app.seq, p.after, upwards ? 0 : Number.MAX_SAFE_INTEGER, p.dialect, pageLimit(p) + 1);
  return toPage(p, rows as EndpointRow[], (row) => loadEndpoint(connection, row, app.id));
}

export function updateEndpoint(
  writer: Writer,
  p: Parameters<EndpointStore["update"]>[0],
): Endpoint | null {
  const { change, now, operationalEvents: note } = p;
  const app = findApp(writer, p.appRef);
  const row = app === null ? null : findEndpoint(writer, app.seq, p.ref);
  if (app === null || row === null) return null;
  if (p.version !== undefined && p.version !== row.version) return null;
  const after = changeEndpoint(writer, { app, row, change, now });
  if (note !== undefined && after.status !== row.status) {
    notifyOperator(writer, { note, endpointId: row.id, delivery: null, now });
  }
  return after;
}

export function rotateSecret(
  writer: Writer,
  p: Parameters<EndpointStore["rotateSecret"]>[0],
): Idempotent<Endpoint> | null {
  const app = findApp(writer, p.appRef);
  const row = app === null ? null : findEndpoint(writer, app.seq, p.ref);
  if (app === null || row === null) return null;
  if (findIdempotent(writer, p.idempotencyKey) !== null) {
    return { repeated: true, value: loadEndpoint(writer, row, app.id) };
  }
  const terms = writer
    .sql("SELECT createdAt, expiresAt FROM endpointSecret WHERE endpointSeq = ?")
    .all(row.seq) as SecretTerm[];
  checkRotation(terms, p);
  // One that was rotated away earlier keeps its own end when that is sooner.
  writer
    .sql(
      `UPDATE endpointSecret SET expiresAt = min(coalesce(expiresAt, ?1), ?1) WHERE endpointSeq = ?2`,
    )
    .run(p.overlapUntil, row.seq);
  writer
    .sql(
      `INSERT INTO endpointSecret (endpointSeq, ordinal, createdAt, encrypted, expiresAt)
       SELECT ?1, coalesce(max(ordinal), 0) + 1, ?2, ?3, NULL
       FROM endpointSecret WHERE endpointSeq = ?1`,
    )
    .run(row.seq, p.now, p.encrypted);
  writer
    .sql("DELETE FROM endpointSecret WHERE endpointSeq = ? AND expiresAt <= ?")
    .run(row.seq, p.now);
  writer
    .sql("UPDATE endpoint SET updatedAt = ?, authentication = ? WHERE seq = ?")
    .run(p.now, JSON.stringify(p.authentication), row.seq);
  bumpVersion(writer, row);
  saveIdempotent(writer, p.idempotencyKey, [row.id]);
  return { repeated: false, value: endpointEvenDeleted(writer, row.id, app.id) };
}
