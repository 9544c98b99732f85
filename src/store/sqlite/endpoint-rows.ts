/** Endpoint rows as SQLite has them. */
import { type EndpointRow, toEndpoint } from "../endpoint-row.ts";
import type { Endpoint, EncryptedSecret } from "../endpoints.ts";
import type { Connection } from "./connection.ts";

/** The endpoint with this id, else with this uid, that the app has and that is not deleted. */
export function findEndpoint(
  connection: Connection,
  appSeq: number,
  ref: string,
): EndpointRow | null {
  const row =
    connection
      .sql("SELECT * FROM endpoint WHERE id = ? AND appSeq = ? AND status <> 'deleted'")
      .get(ref, appSeq) ??
    connection
      .sql("SELECT * FROM endpoint WHERE appSeq = ? AND uid = ? AND status <> 'deleted'")
      .get(appSeq, ref);
  return (row as EndpointRow | undefined) ?? null;
}

export function loadEndpoint(connection: Connection, row: EndpointRow, appId: string): Endpoint {
  return toEndpoint(row, { appId, secrets: readSecrets(connection, row.seq) });
}

/** Current secret first, then the newest of those in their overlap. */
function readSecrets(connection: Connection, endpointSeq: number): EncryptedSecret[] {
  const rows = connection
    .sql(
      `SELECT encrypted, createdAt, expiresAt FROM endpointSecret
       WHERE endpointSeq = ? ORDER BY ordinal DESC`,
    )
    .all(endpointSeq);
  return rows.map((row) => ({
    encrypted: row["encrypted"] as Uint8Array,
    createdAt: row["createdAt"] as number,
    expiresAt: row["expiresAt"] as number | null,
  }));
}
