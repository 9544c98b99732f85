/** Endpoint rows, for the parts of this driver that are not steps yet. */
import type { EndpointRow } from "../../endpoints/endpoint-row.ts";
import type { Endpoint } from "../../interface/endpoints.ts";
import { findEndpoint as find, loadEndpoints as load } from "../../endpoints/rows.ts";
import type { Connection } from "../connection.ts";
import { runSteps, toSession } from "../session.ts";

export async function findEndpoint(
  connection: Connection,
  appSeq: number,
  ref: string,
): Promise<EndpointRow | null> {
  return await runSteps(find(toSession(connection), appSeq, ref));
}

/** Returns the endpoints in the order of their rows. */
export async function loadEndpoints<Row extends EndpointRow>(
  connection: Connection,
  rows: readonly Row[],
  toAppId: (row: Row) => string,
): Promise<readonly Endpoint[]> {
  return await runSteps(load(toSession(connection), rows, toAppId));
}
