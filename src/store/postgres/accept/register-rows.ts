/**
 * Register rows as stored. A message has no number: it is found by the event that created it, and is gone as
 * soon as that event is past its retention.
 */
import type { KnownMessage } from "../../accept/accept-state.ts";
import { readMessage } from "../../accept/snapshot-text.ts";
import { eventOfRow, type NodeConnection } from "../history/event-rows.ts";

/** `ref` is the number of the event. */
export type LoadedMessage = KnownMessage & {
  /** The column as it was read; null while the message equals the one in its event. */
  readonly record: string | null;
};

type MessageRow = {
  readonly eventSeq: number;
  readonly appSeq: number;
  readonly record: string | null;
  readonly participants: string | null;
  readonly payload: string | null;
};

/** The content of the event is loaded only where the message has no record; `$2` is the horizon. */
const MESSAGES = `SELECT message.event_seq, message.app_seq, record,
    CASE WHEN record IS NULL THEN participants END AS participants,
    CASE WHEN record IS NULL THEN payload END AS payload
  FROM message CROSS JOIN ${eventOfRow("participants, payload", {
    seq: "message.event_seq",
    where: "accepted_at >= $2",
  })}`;

/** Messages by the seq of the event that created them. */
export async function loadMessages(
  connection: NodeConnection,
  eventSeqs: readonly number[],
): Promise<ReadonlyMap<number, LoadedMessage>> {
  if (eventSeqs.length === 0) return new Map();
  // The bounds exclude days from the search with any cached plan of the statement.
  const rows = await connection.sql<MessageRow>(
    `${MESSAGES} WHERE message.event_seq = ANY ($1::bigint[]) AND message.event_seq BETWEEN $3 AND $4`,
    [eventSeqs, connection.node.horizon(), Math.min(...eventSeqs), Math.max(...eventSeqs)],
  );
  return new Map(knownMessages(rows).map((known) => [known.ref, known]));
}

/** Messages of any app. */
export async function loadMessagesBySnowflake(
  connection: NodeConnection,
  snowflakes: readonly bigint[],
): Promise<readonly LoadedMessage[]> {
  if (snowflakes.length === 0) return [];
  const rows = await connection.sql<MessageRow>(
    `${MESSAGES} WHERE snowflake = ANY ($1::bigint[])`,
    [snowflakes.map(String), connection.node.horizon()],
  );
  return knownMessages(rows);
}

function knownMessages(rows: readonly MessageRow[]): LoadedMessage[] {
  return rows.flatMap((row) => {
    const { eventSeq, appSeq, record } = row;
    const message = readMessage(row);
    return message === null ? [] : [{ ref: eventSeq, appSeq, message, record }];
  });
}
