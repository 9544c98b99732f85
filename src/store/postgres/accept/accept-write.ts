/**
 * Writes a decided group: one statement per table for all of its events. A changed row must still be as it
 * was read. If another transaction changed it first, this transaction runs again.
 */
import { isListed, UNLISTED } from "../../accept/listing.ts";
import { writeRecord } from "../../accept/snapshot-text.ts";
import { insertRows } from "../server/column-arrays.ts";
import type { KeptMessage, Batch } from "./accept-batch-types.ts";
import { insertFanOuts } from "./fan-outs.ts";
import { insertDeliveries, type Delivered } from "./deliver.ts";
import { Overtaken } from "../../session.ts";
import type { Tx } from "../types.ts";
import { keepInWindows, windowKey } from "./dedupe-windows.ts";
import { writeRegisters } from "./register-writes.ts";

const CHANGED = "a message was changed by another transaction";

/** `firstPosition` is the first event's position; the others follow in the order of `batch.events`. */
export async function writeBatch(
  tx: Tx,
  batch: Batch,
  owners: ReadonlySet<string>,
): Promise<Delivered & { readonly firstPosition: number }> {
  const { items: events } = batch.events;
  if (events.length === 0) return { full: new Map(), firstPosition: 0 };
  const firstPosition = await tx.feed.take(tx, events.length);
  const rows = events.map((row, index) => ({ ...row, position: firstPosition + index }));
  const messages = [...batch.messages.entries()].map(([, message]) => message);
  const windowEntries = batch.windowEntries.items.map((entry) => ({
    ...entry,
    replaces: batch.knownRefs.get(windowKey(entry.appSeq, entry.kind, entry.id)),
  }));
  const others = Promise.all([
    insertRows(tx, "event", rows),
    writeMessages(tx, messages),
    keepInWindows(tx, windowEntries, batch.currentWindow),
    writeRegisters(tx, batch),
    insertFanOuts(
      tx,
      batch.fanOuts.items,
      new Map(rows.map(({ seq, position }) => [seq, position])),
    ),
  ]);
  const [delivered] = await Promise.all([
    insertDeliveries(tx, batch.deliveries.items, { owners, after: others }),
    others,
  ]);
  return { ...delivered, firstPosition };
}

async function writeMessages(tx: Tx, all: readonly KeptMessage[]): Promise<void> {
  await removeMessages(
    tx,
    all.filter(({ isMoved, record }) => isMoved === true && record !== undefined),
  );
  const messages = all.filter(({ isMoved }) => isMoved !== true);
  const made = messages.filter(({ record }) => record === undefined);
  await insertRows(
    tx,
    "message",
    made.map(({ ref, appSeq, message, isChanged, listing = UNLISTED }) => ({
      eventSeq: ref,
      appSeq,
      snowflake: message.snowflake,
      record: isChanged ? writeRecord(message) : null,
      ...(isListed(message) ? listing : UNLISTED),
    })),
  );
  const changed = messages
    .filter(({ record, isChanged }) => isChanged && record !== undefined)
    .toSorted((a, b) => a.ref - b.ref);
  if (changed.length === 0) return;
  const written = await tx.run(
    `UPDATE message SET record = changed.record,
       device_id = CASE WHEN changed.listed THEN device_id END,
       fingerprint = CASE WHEN changed.listed THEN fingerprint END
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[])
       changed (event_seq, record, before, listed)
     WHERE message.event_seq = changed.event_seq AND message.record IS NOT DISTINCT FROM changed.before`,
    [
      changed.map(({ ref }) => ref),
      changed.map(({ message }) => writeRecord(message)),
      changed.map(({ record }) => record),
      changed.map(({ message }) => isListed(message)),
    ],
  );
  if (written < changed.length) throw new Overtaken(CHANGED);
}

/** Rows of messages that are stored with another event by now. */
async function removeMessages(tx: Tx, moved: readonly KeptMessage[]): Promise<void> {
  if (moved.length === 0) return;
  const removed = await tx.run(
    `DELETE FROM message USING unnest($1::bigint[], $2::text[]) gone (event_seq, before)
     WHERE message.event_seq = gone.event_seq AND message.record IS NOT DISTINCT FROM gone.before`,
    [moved.map(({ ref }) => ref), moved.map(({ record }) => record)],
  );
  if (removed < moved.length) throw new Overtaken(CHANGED);
}
