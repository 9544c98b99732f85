/** Endpoints with the fields that sending needs. */
import type { SendingEndpoint } from "../interface/endpoints.ts";
import type { Session, Steps } from "../session.ts";
import { type EndpointRow, type SendingColumns, toSending } from "./endpoint-row.ts";
import { loadEndpoints } from "./rows.ts";

type SendingRow = EndpointRow & SendingColumns & { readonly appId: string };

/** Returns the endpoints in the requested order, with two statements for any number of them. */
export function* endpointsForSending(
  s: Session,
  p: { endpointIds: readonly string[] },
): Steps<readonly SendingEndpoint[]> {
  const found = yield* s.all<SendingRow>(
    `SELECT endpoint.*, app.id AS app_id, app.throttle_rate AS app_throttle_rate,
       app.signature_headers AS app_signature_headers, app.own_limits AS app_own_limits, health, breaker, breaker_changed_at, probe_at,
       probe_step, probe_failed_at, paused_until
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq
     LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE ${s.sql.oneOf("endpoint.id", "?1", "text")}`,
    [p.endpointIds],
  );
  const byId = new Map(found.map((row) => [row.id, row]));
  const rows = p.endpointIds.flatMap((id) => byId.get(id) ?? []);
  const endpoints = yield* loadEndpoints(s, rows, ({ appId }) => appId);
  return endpoints.map((endpoint, i) => toSending(endpoint, rows[i] as SendingRow));
}
