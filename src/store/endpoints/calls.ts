/**
 * Operations on single endpoints. Pending deliveries of a paused, disabled or deleted endpoint are not
 * touched: `parked` and `cancelled` follow from the endpoint's row. So such a change costs the same with
 * half a million deliveries behind it.
 */
import type { Dialect } from "../../core/snapshot.ts";
import type { EndpointRow } from "./endpoint-row.ts";
import type { Endpoint, EndpointStore } from "../interface/endpoints.ts";
import { scopeToApp, type Idempotent, type IdempotencyKey } from "../idempotency.ts";
import type { Page, PageRequest } from "../page.ts";
import { pageLimit, readsUpwards, toOrder, toPage } from "../paging.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { findApp, lockApp } from "../tenancy/app-row.ts";
import { reportUpdated } from "./endpoint-events.ts";
import { endpointEvenDeleted, findEndpoint, loadEndpoint, loadEndpoints } from "./rows.ts";
import { addSecret } from "./secrets.ts";
import { noChange, saveUsage } from "./usage.ts";
import { changeEndpoints, insertEndpoints } from "./write.ts";

export function* createEndpoint(
  s: WriteSession,
  p: { appRef: string; endpoint: Endpoint; idempotencyKey: IdempotencyKey | null },
): Steps<Idempotent<Endpoint> | null> {
  const app = yield* lockApp(s, p.appRef);
  if (app === null) return null;
  const key = scopeToApp(p.idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(key))?.[0];
  if (before !== undefined) {
    return { repeated: true, value: yield* endpointEvenDeleted(s, before, app.id) };
  }
  const usage = noChange();
  const [made] = yield* insertEndpoints(s, { app, endpoints: [p.endpoint], usage });
  yield* saveUsage(s, app, usage);
  yield* s.saveIdempotent(key, [p.endpoint.endpointId]);
  return { repeated: false, value: made as Endpoint };
}

export function* getEndpoint(
  s: Session,
  p: { appRef: string; ref: string },
): Steps<Endpoint | null> {
  const app = yield* findApp(s, p.appRef);
  const row = app === null ? null : yield* findEndpoint(s, app.seq, p.ref);
  return app === null || row === null ? null : yield* loadEndpoint(s, row, app.id);
}

export function* listEndpoints(
  s: Session,
  p: PageRequest & { appRef: string; dialect: Dialect | null },
): Steps<Page<Endpoint> | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const upwards = readsUpwards(p);
  const rows = yield* s.all<EndpointRow>(
    `SELECT * FROM endpoint
     WHERE app_seq = ?1 AND status <> 'deleted'
       AND seq ${upwards ? ">" : "<"}
         coalesce((SELECT seq FROM endpoint WHERE id = ?2), CAST(?3 AS BIGINT))
       AND (CAST(?4 AS TEXT) IS NULL OR dialect = ?4)
     ORDER BY seq ${toOrder(upwards)} LIMIT ?5`,
    [app.seq, p.after, upwards ? 0 : Number.MAX_SAFE_INTEGER, p.dialect, pageLimit(p) + 1],
  );
  const endpoints = yield* loadEndpoints(s, rows, () => app.id);
  return toPage(p, endpoints, (endpoint) => endpoint);
}

export function* updateEndpoint(
  s: WriteSession,
  p: Parameters<EndpointStore["update"]>[0],
): Steps<Endpoint | null> {
  const { change, now, failingSince = null } = p;
  const app = yield* lockApp(s, p.appRef);
  const row = app === null ? null : yield* findEndpoint(s, app.seq, p.ref);
  if (app === null || row === null) return null;
  if (p.version !== undefined && p.version !== row.version) return null;
  const usage = noChange();
  const changes = [{ row, change }];
  const [after] = yield* changeEndpoints(s, { app, changes, now, usage, failingSince });
  yield* saveUsage(s, app, usage);
  return after as Endpoint;
}

export function* rotateSecret(
  s: WriteSession,
  p: Parameters<EndpointStore["rotateSecret"]>[0],
): Steps<Idempotent<Endpoint> | null> {
  const { encrypted, overlapUntil, now } = p;
  const app = yield* lockApp(s, p.appRef);
  const row = app === null ? null : yield* findEndpoint(s, app.seq, p.ref);
  if (app === null || row === null) return null;
  const key = scopeToApp(p.idempotencyKey, app.id);
  if ((yield* s.findIdempotent(key)) !== null) {
    return { repeated: true, value: yield* loadEndpoint(s, row, app.id) };
  }
  yield* addSecret(s, { endpointSeq: row.seq, encrypted, overlapUntil, now });
  const version = row.version + 1;
  yield* s.run(
    "UPDATE endpoint SET updated_at = ?1, version = ?2, authentication = ?3 WHERE seq = ?4",
    [now, version, JSON.stringify(p.authentication), row.seq],
  );
  yield* s.endpointsChanged(app.seq, [row.id]);
  s.endpointChanged({ endpointId: row.id, version, shard: row.shard });
  yield* reportUpdated(s, row.id, now);
  yield* s.saveIdempotent(key, [row.id]);
  return { repeated: false, value: yield* endpointEvenDeleted(s, row.id, app.id) };
}
