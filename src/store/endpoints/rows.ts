/** Endpoints as rows, with their secrets. A `ref` is an id or a uid; where one text is both, the id wins. */
import { type EndpointRow, toEndpoint } from "./endpoint-row.ts";
import type { EncryptedSecret, Endpoint } from "../interface/endpoints.ts";
import type { Session, Steps } from "../session.ts";

/** The application's endpoint with this id, else with this uid, unless it is deleted. */
export function* findEndpoint(s: Session, appSeq: number, ref: string): Steps<EndpointRow | null> {
  const byId = yield* s.one<EndpointRow>(
    "SELECT * FROM endpoint WHERE id = ?1 AND app_seq = ?2 AND status <> 'deleted'",
    [ref, appSeq],
  );
  if (byId !== null) return byId;
  return yield* s.one<EndpointRow>(
    "SELECT * FROM endpoint WHERE app_seq = ?1 AND uid = ?2 AND status <> 'deleted'",
    [appSeq, ref],
  );
}

/** The application's endpoints with these ids, except deleted ones, by id. */
export function* findEndpoints(
  s: Session,
  appSeq: number,
  ids: readonly string[],
): Steps<ReadonlyMap<string, EndpointRow>> {
  const rows = yield* s.all<EndpointRow>(
    `SELECT * FROM endpoint WHERE ${s.sql.oneOf("id", "?1", "text")} AND app_seq = ?2
       AND status <> 'deleted'`,
    [ids, appSeq],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export function* endpointEvenDeleted(s: Session, id: string, appId: string): Steps<Endpoint> {
  const row = yield* s.one<EndpointRow>("SELECT * FROM endpoint WHERE id = ?1", [id]);
  return yield* loadEndpoint(s, row as EndpointRow, appId);
}

export function* loadEndpoint(s: Session, row: EndpointRow, appId: string): Steps<Endpoint> {
  const [endpoint] = yield* loadEndpoints(s, [row], () => appId);
  return endpoint as Endpoint;
}

/** Returns the endpoints in the order of their rows. */
export function* loadEndpoints<Row extends EndpointRow>(
  s: Session,
  rows: readonly Row[],
  toAppId: (row: Row) => string,
): Steps<readonly Endpoint[]> {
  const secrets = yield* readSecrets(s, rows);
  return rows.map((row) =>
    toEndpoint(row, { appId: toAppId(row), secrets: secrets.get(row.seq) ?? [] }),
  );
}

type SecretRow = EncryptedSecret & { readonly endpointSeq: number; readonly ordinal: number };

/** Each endpoint's current secret first, then the older ones that still overlap, newest first. */
function* readSecrets(
  s: Session,
  rows: readonly EndpointRow[],
): Steps<ReadonlyMap<number, readonly EncryptedSecret[]>> {
  const bySeq = new Map<number, EncryptedSecret[]>();
  if (rows.length === 0) return bySeq;
  const found = yield* s.all<SecretRow>(
    `SELECT endpoint_seq, ordinal, encrypted, created_at, expires_at FROM endpoint_secret
     WHERE ${s.sql.oneOf("endpoint_seq", "?1", "bigint")}`,
    [rows.map(({ seq }) => seq)],
  );
  const ordered = found.toSorted((one, other) => other.ordinal - one.ordinal);
  for (const { endpointSeq, encrypted, createdAt, expiresAt } of ordered) {
    const secret = { encrypted, createdAt, expiresAt };
    const secrets = bySeq.get(endpointSeq);
    if (secrets === undefined) bySeq.set(endpointSeq, [secret]);
    else secrets.push(secret);
  }
  return bySeq;
}
