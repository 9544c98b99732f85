/** Writes the contacts, lines, conversations and attachments that a batch has changed or created. */
import { CHANGED_COLUMNS, writeContact } from "../../accept/register-rows.ts";
import type { Batch } from "./accept-batch-types.ts";
import { insertRows, toChanges } from "../server/column-arrays.ts";
import { Overtaken } from "../../session.ts";
import type { Tx } from "../types.ts";

export async function writeRegisters(tx: Tx, batch: Batch): Promise<void> {
  await writeContacts(tx, batch);
  await insertLines(tx, batch);
  await writeConversations(tx, batch);
  await insertRows(tx, "attachment", batch.attachments.items);
  await moveAttachments(tx, batch);
}

/** Those of the group's own events are inserted before. */
async function moveAttachments(tx: Tx, batch: Batch): Promise<void> {
  const { items: moves } = batch.moves;
  if (moves.length === 0) return;
  await tx.run(
    `UPDATE attachment SET event_seq = moved.after
     FROM unnest($1::bigint[], $2::bigint[]) moved (before, after)
     WHERE attachment.event_seq = moved.before`,
    [moves.map(({ from }) => from), moves.map(({ to }) => to)],
  );
}

async function writeContacts(tx: Tx, batch: Batch): Promise<void> {
  const changed = [...batch.contacts.entries()].flatMap(([key, { before, value, isChanged }]) =>
    isChanged ? { appSeq: toAppSeq(key), before, contact: value } : [],
  );
  const made = changed.filter(({ before }) => before === null);
  await insertRows(
    tx,
    "contact",
    made.map(({ appSeq, contact }) => {
      const { number, contactId } = contact;
      return { appSeq, number, contactId, record: writeContact(contact) };
    }),
  );
  const known = changed.filter(({ before }) => before !== null);
  if (known.length === 0) return;
  const written = await tx.run(
    `UPDATE contact SET ${toChanges(CHANGED_COLUMNS.contact, "changed")}
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
       changed (app_seq, number, record, before)
     WHERE contact.app_seq = changed.app_seq AND contact.number = changed.number
       AND contact.record = changed.before`,
    [
      known.map(({ appSeq }) => appSeq),
      known.map(({ contact }) => contact.number),
      known.map(({ contact }) => writeContact(contact)),
      known.map(({ before }) => before),
    ],
  );
  if (written < known.length) throw new Overtaken("a contact was changed by another transaction");
}

async function insertLines(tx: Tx, batch: Batch): Promise<void> {
  const rows = [...batch.lines.entries()].flatMap(([key, { before, value, isChanged, now }]) => {
    if (!isChanged || before !== null) return [];
    const { number, deviceId, payloadGeneration } = value;
    return { appSeq: toAppSeq(key), number, deviceId, payloadGeneration, createdAt: now };
  });
  await insertRows(tx, "line", rows);
}

async function writeConversations(tx: Tx, batch: Batch): Promise<void> {
  const changed = [...batch.conversations.entries()].flatMap(([key, kept]) => {
    const [appSeq, line, contact] = key.split(" ") as [string, string, string];
    return kept.isChanged ? { appSeq: Number(appSeq), line, contact, ...kept } : [];
  });
  const made = changed.filter(({ before }) => before === null);
  await insertRows(
    tx,
    "conversation",
    made.map(({ appSeq, line, contact, value, now }) => {
      const { fingerprint, optedOut } = value;
      return { appSeq, line, contact, fingerprint, optedOut, changedAt: now };
    }),
  );
  const known = changed.filter(({ before }) => before !== null);
  if (known.length === 0) return;
  const written = await tx.run(
    `UPDATE conversation SET ${toChanges(CHANGED_COLUMNS.conversation, "changed")}
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::bigint[])
       changed (app_seq, line, contact, opted_out, before, changed_at)
     WHERE conversation.app_seq = changed.app_seq AND conversation.line = changed.line
       AND conversation.contact = changed.contact AND conversation.opted_out = changed.before`,
    [
      known.map(({ appSeq }) => appSeq),
      known.map(({ line }) => line),
      known.map(({ contact }) => contact),
      known.map(({ value }) => value.optedOut),
      known.map(({ before }) => before?.optedOut),
      known.map(({ now }) => now),
    ],
  );
  if (written < known.length) throw new Overtaken("an opt-out was changed by another transaction");
}

function toAppSeq(key: string): number {
  return Number(key.slice(0, key.indexOf(" ")));
}
