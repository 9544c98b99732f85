/**
 * Writes a decided group: one statement per table for all of its events. A changed row must still be as it
 * was read. If another transaction changed it first, this transaction runs again.
 */
import { writeMessage, writeParticipants } from "../../accept/snapshot-text.ts";
import type { KeptMessage, Batch, EventDraft } from "./accept-batch-types.ts";
import { insertDeliveries, type Delivered } from "./deliver.ts";
import { Overtaken } from "../../session.ts";
import type { Tx } from "../types.ts";
import { keepInWindows, windowKey } from "./dedupe-windows.ts";
import { writeRegisters } from "./register-writes.ts";

/** `firstPosition` is the first event's position; the others follow in the order of `batch.events`. */
export async function writeBatch(
  tx: Tx,
  batch: Batch,
  owners: ReadonlySet<string>,
): Promise<Delivered & { readonly firstPosition: number }> {
  const { items: events } = batch.events;
  if (events.length === 0) return { full: new Map(), firstPosition: 0 };
  const firstPosition = await tx.feed.take(tx, events.length);
  const messages = [...batch.messages.entries()].map(([, message]) => message);
  const windowEntries = batch.windowEntries.items.map((entry) => ({
    ...entry,
    replaces: batch.knownRefs.get(windowKey(entry.appSeq, entry.kind, entry.id)),
  }));
  const others = Promise.all([
    insertEvents(tx, events, firstPosition),
    writeMessages(tx, messages),
    keepInWindows(tx, windowEntries, batch.currentWindow),
    writeRegisters(tx, batch),
  ]);
  const [delivered] = await Promise.all([
    insertDeliveries(tx, batch.deliveries.items, { owners, after: others }),
    others,
  ]);
  return { ...delivered, firstPosition };
}

const INSERT_EVENTS = `INSERT INTO event (seq, position, id, app_seq, event_id, type, content_type,
  channels, tags, ordering_key, deliver_at, occurred_at, accepted_at, parent_seq, expunge_at, matching,
  participants, payload)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
    $14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::text[])`;

async function insertEvents(
  tx: Tx,
  events: readonly EventDraft[],
  firstPosition: number,
): Promise<void> {
  const column = (read: (draft: EventDraft, index: number) => unknown) => events.map(read);
  await tx.run(INSERT_EVENTS, [
    column(({ eventSeq }) => eventSeq),
    column((_, index) => firstPosition + index),
    column(({ event }) => event.id),
    column(({ appSeq }) => appSeq),
    column(({ event }) => event.eventId),
    column(({ event }) => event.type),
    column(({ event }) => event.contentType),
    column(({ event }) => listText(event.channels)),
    column(({ tags }) => listText(tags)),
    column(({ event }) => event.orderingKey),
    column(({ event }) => event.deliverAt),
    column(({ snapshot }) => snapshot.occurredAt),
    column(({ acceptedAt }) => acceptedAt),
    column(({ parentSeq }) => parentSeq),
    column(({ event, acceptedAt }) =>
      event.retentionMs === null ? null : acceptedAt + event.retentionMs,
    ),
    column(({ matching }) => matching),
    column(participantsText),
    column(({ event }) => event.payloadText),
  ]);
}

/** The message text is left out when the payload contains it. */
function participantsText({ event, snapshot }: EventDraft): string | null {
  const { message } = snapshot;
  const withText = message === null || event.canonical?.message?.text !== message.text;
  return writeParticipants(snapshot, message === null ? null : writeMessage(message, { withText }));
}

async function writeMessages(tx: Tx, messages: readonly KeptMessage[]): Promise<void> {
  const made = messages.filter(({ record }) => record === undefined);
  if (made.length > 0) {
    await tx.run(
      `INSERT INTO message (event_seq, app_seq, snowflake, record)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])`,
      [
        made.map(({ eventSeq }) => eventSeq),
        made.map(({ appSeq }) => appSeq),
        made.map(({ message }) => message.snowflake),
        // Until its first change, a message is stored only in the event that created it.
        made.map(({ message, isChanged }) =>
          isChanged ? writeMessage(message, { withText: true }) : null,
        ),
      ],
    );
  }
  const changed = messages
    .filter(({ record, isChanged }) => isChanged && record !== undefined)
    .toSorted((a, b) => a.eventSeq - b.eventSeq);
  if (changed.length === 0) return;
  const written = await tx.run(
    `UPDATE message SET record = changed.record
     FROM unnest($1::bigint[], $2::text[], $3::text[]) changed (event_seq, record, before)
     WHERE message.event_seq = changed.event_seq AND message.record IS NOT DISTINCT FROM changed.before`,
    [
      changed.map(({ eventSeq }) => eventSeq),
      changed.map(({ message }) => writeMessage(message, { withText: true })),
      changed.map(({ record }) => record),
    ],
  );
  if (written < changed.length) throw new Overtaken("a message was changed by another transaction");
}

function listText(list: readonly string[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
