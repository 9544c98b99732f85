/** Endpoint rows, for the parts of this driver that are not steps yet. */
import type { EndpointRow } from "../../endpoints/endpoint-row.ts";
import type { Endpoint } from "../../interface/endpoints.ts";
import { findEndpoint as find, loadEndpoint as load } from "../../endpoints/rows.ts";
import type { Connection } from "../connection.ts";
import { readSession, runNow } from "../session.ts";

export function findEndpoint(
  connection: Connection,
  appSeq: number,
  ref: string,
): EndpointRow | null {
  return runNow(find(readSession(connection), appSeq, ref));
}

export function loadEndpoint(connection: Connection, row: EndpointRow, appId: string): Endpoint {
  return runNow(load(readSession(connection), row, appId));
}
