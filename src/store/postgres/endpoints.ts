/**
 * Operations on single endpoints. Pending deliveries of a paused, disabled or deleted endpoint are not
 * touched: `parked` and `cancelled` follow from the endpoint's row. So such a change costs the same with half
 * a million deliveries behind it.
 */
import type { Dialect } from "../../core/snapshot.ts";
import type { EndpointRow } from "../endpoint-row.ts";
import type { Endpoint, EndpointStore } from "../endpoints.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import { touchEndpoints } from "./app-locks.ts";
import { findApp } from "./apps.ts";
import { loadEndpoint, loadEndpoints, findEndpoint } from "./endpoint-rows.ts";
import { addSecret } from "./endpoint-secrets.ts";
import { changeEndpoints, endpointEvenDeleted, insertEndpoints } from "./endpoint-writes.ts";
import { findAppToChange } from "./locked-app.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import type { Reader, Tx } from "./types.ts";

export async function createEndpoint(
  tx: Tx,
  p: { appRef: string; endpoint: Endpoint; idempotencyKey: IdempotencyKey | null },
): Promise<Idempotent<Endpoint> | null> {
  const app = await findAppToChange(tx, p.appRef);
  if (app === null) return null;
  const before = (await findIdempotent(tx, p.idempotencyKey))?.[0];
  if (before !== undefined) {
    return { repeated: true, value: await endpointEvenDeleted(tx, before, app.id) };
  }
  const [made] = await insertEndpoints(tx, app, [p.endpoint]);
  await saveIdempotent(tx, p.idempotencyKey, [p.endpoint.endpointId]);
  return { repeated: false, value: made as Endpoint };
}

export async function getEndpoint(
  reader: Reader,
  p: { appRef: string; ref: string },
): Promise<Endpoint | null> {
  const app = await findApp(reader, p.appRef);
  const row = app === null ? null : await findEndpoint(reader, app.seq, p.ref);
  return app === null || row === null ? null : await loadEndpoint(reader, row, app.id);
}

export async function listEndpoints(
  reader: Reader,
  p: PageRequest & { appRef: string; dialect: Dialect | null },
): Promise<Page<Endpoint> | null> {
  const app = await findApp(reader, p.appRef);
  if (app === null) return null;
  const upwards = readsUpwards(p);
  const rows = await reader.sql<EndpointRow>(
    `SELECT * FROM endpoint
     WHERE app_seq = $1 AND status <> 'deleted'
       AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM endpoint WHERE id = $2), $3::bigint)
       AND ($4::text IS NULL OR dialect = $4)
     ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT $5`,
    [app.seq, p.after, upwards ? 0 : Number.MAX_SAFE_INTEGER, p.dialect, pageLimit(p) + 1],
  );
  const endpoints = await loadEndpoints(reader, rows, () => app.id);
  return toPage(p, endpoints, (endpoint) => endpoint);
}

export async function updateEndpoint(
  tx: Tx,
  p: Parameters<EndpointStore["update"]>[0],
): Promise<Endpoint | null> {
  const { change, now, operationalEvents: note } = p;
  const app = await findAppToChange(tx, p.appRef);
  const row = app === null ? null : await findEndpoint(tx, app.seq, p.ref);
  if (app === null || row === null) return null;
  if (p.version !== undefined && p.version !== row.version) return null;
  const [changed] = await changeEndpoints(tx, { app, changes: [{ row, change }], now });
  const after = changed as Endpoint;
  if (note !== undefined && after.status !== row.status) {
    await notifyOperator(tx, [{ note, endpointId: row.id, delivery: null, now }]);
  }
  return after;
}

export async function rotateSecret(
  tx: Tx,
  p: Parameters<EndpointStore["rotateSecret"]>[0],
): Promise<Idempotent<Endpoint> | null> {
  const { encrypted, overlapUntil, now } = p;
  const app = await findAppToChange(tx, p.appRef);
  const row = app === null ? null : await findEndpoint(tx, app.seq, p.ref);
  if (app === null || row === null) return null;
  if ((await findIdempotent(tx, p.idempotencyKey)) !== null) {
    return { repeated: true, value: await loadEndpoint(tx, row, app.id) };
  }
  await addSecret(tx, { endpointSeq: row.seq, encrypted, overlapUntil, now });
  const version = row.version + 1;
  await tx.run(
    "UPDATE endpoint SET updated_at = $1, version = $2, authentication = $3 WHERE seq = $4",
    [now, version, JSON.stringify(p.authentication), row.seq],
  );
  await touchEndpoints(tx, app.seq);
  tx.afterCommit.changed({ endpointId: row.id, version, shard: row.shard });
  await saveIdempotent(tx, p.idempotencyKey, [row.id]);
  return { repeated: false, value: await endpointEvenDeleted(tx, row.id, app.id) };
}
