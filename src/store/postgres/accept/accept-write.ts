/**
 * Writes a decided group: one statement per table for all of its events. A changed row must still be as it
 * was read. If another transaction changed it first, this transaction runs again.
 */
import type { EventRow } from "../../accept/accept-state.ts";
import { writeMessage } from "../../accept/snapshot-text.ts";
import type { KeptMessage, Batch } from "./accept-batch-types.ts";
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
  rows: readonly EventRow[],
  firstPosition: number,
): Promise<void> {
  await tx.run(INSERT_EVENTS, [
    rows.map(({ seq }) => seq),
    rows.map((_, index) => firstPosition + index),
    rows.map(({ id }) => id),
    rows.map(({ appSeq }) => appSeq),
    rows.map(({ eventId }) => eventId),
    rows.map(({ type }) => type),
    rows.map(({ contentType }) => contentType),
    rows.map(({ channels }) => channels),
    rows.map(({ tags }) => tags),
    rows.map(({ orderingKey }) => orderingKey),
    rows.map(({ deliverAt }) => deliverAt),
    rows.map(({ occurredAt }) => occurredAt),
    rows.map(({ acceptedAt }) => acceptedAt),
    rows.map(({ parentSeq }) => parentSeq),
    rows.map(({ expungeAt }) => expungeAt),
    rows.map(({ matching }) => matching),
    rows.map(({ participants }) => participants),
    rows.map(({ payload }) => payload),
  ]);
}

async function writeMessages(tx: Tx, messages: readonly KeptMessage[]): Promise<void> {
  const made = messages.filter(({ record }) => record === undefined);
  if (made.length > 0) {
    await tx.run(
      `INSERT INTO message (event_seq, app_seq, snowflake, record)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])`,
      [
        made.map(({ ref }) => ref),
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
    .toSorted((a, b) => a.ref - b.ref);
  if (changed.length === 0) return;
  const written = await tx.run(
    `UPDATE message SET record = changed.record
     FROM unnest($1::bigint[], $2::text[], $3::text[]) changed (event_seq, record, before)
     WHERE message.event_seq = changed.event_seq AND message.record IS NOT DISTINCT FROM changed.before`,
    [
      changed.map(({ ref }) => ref),
      changed.map(({ message }) => writeMessage(message, { withText: true })),
      changed.map(({ record }) => record),
    ],
  );
  if (written < changed.length) throw new Overtaken("a message was changed by another transaction");
}
