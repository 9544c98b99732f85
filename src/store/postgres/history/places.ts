/** Places of rows that a cursor names. A row id begins with its minute, and an id contains its time as well. */
import { isKsuid, KSUID_CHARACTERS, ksuidTime } from "../../../core/ids/ksuid.ts";
import type { OwnedRows } from "../../history/session.ts";
import { firstRowId, toInstant } from "../accept/row-ids.ts";
import type { Connection } from "../connection.ts";
import { rowsOfTime, toLeastId } from "./time-position.ts";

/**
 * Attempts have no index by id. An event has few of them. One of an endpoint is near the instant at which its
 * id was made, and so is the place of a removed one.
 */
export async function findAttemptPlace(
  connection: Connection,
  id: string,
  { of, seq }: OwnedRows,
): Promise<number> {
  const at = findIdTime(id);
  if (at === null) return Number.MAX_SAFE_INTEGER;
  const near =
    of === "event_seq"
      ? { low: toLeastId(seq), high: Number.MAX_SAFE_INTEGER }
      : rowsOfTime({ since: at, until: at });
  const [row] = await connection.sql<{ seq: number }>(
    `SELECT seq FROM attempt WHERE ${of} = $1 AND seq >= $2 AND seq < $3 AND id = $4`,
    [seq, near.low, near.high, id],
  );
  return row?.seq ?? firstRowId(at);
}

/** `eventSeq` is null for an event that retention has removed. */
export function findDeliveryPlace(eventId: string, eventSeq: number | null): number {
  const at = eventSeq === null ? findIdTime(eventId) : toInstant(eventSeq);
  return at === null ? Number.MAX_SAFE_INTEGER : firstRowId(at);
}

/** The time at which one of Hookline's ids was made; null for any other text. */
function findIdTime(id: string): number | null {
  return isKsuid(id.slice(-KSUID_CHARACTERS)) ? ksuidTime(id) : null;
}
