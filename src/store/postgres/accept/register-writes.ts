/** Writes the contacts, lines, conversations and attachments that a batch has changed or created. */
import { CHANGED_COLUMNS, toConversation, writeContact } from "../../accept/register-rows.ts";
import type { Batch } from "./accept-batch-types.ts";
import { insertRows, toChanges } from "../server/column-arrays.ts";
import { Overtaken } from "../../session.ts";
import type { Tx } from "../types.ts";

const CONTACT_CHANGED = "a contact was changed by another transaction";
const CONVERSATION_CHANGED = "an opt-out was changed by another transaction";

export async function writeRegisters(tx: Tx, batch: Batch): Promise<void> {
  await writeAliases(tx, batch);
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
  await removeContacts(tx, batch);
  const changed = [...batch.contacts.entries()].flatMap(([key, kept]) => {
    const { before, value, isChanged, isGone } = kept;
    return isChanged && isGone !== true ? { appSeq: toAppSeq(key), before, contact: value } : [];
  });
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
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
       changed (app_seq, number, record, before, contact_id)
     WHERE contact.app_seq = changed.app_seq AND contact.number = changed.number
       AND contact.record = changed.before`,
    [
      known.map(({ appSeq }) => appSeq),
      known.map(({ contact }) => contact.number),
      known.map(({ contact }) => writeContact(contact)),
      known.map(({ before }) => before),
      known.map(({ contact }) => contact.contactId),
    ],
  );
  if (written < known.length) throw new Overtaken(CONTACT_CHANGED);
}

/** Before the contact that they became is written, because a `contactId` belongs to one row. */
async function removeContacts(tx: Tx, batch: Batch): Promise<void> {
  const gone = [...batch.contacts.entries()].flatMap(([key, { before, isGone }]) =>
    isGone === true && before !== null
      ? { appSeq: toAppSeq(key), number: key.slice(key.indexOf(" ") + 1), before }
      : [],
  );
  if (gone.length === 0) return;
  const removed = await tx.run(
    `DELETE FROM contact USING unnest($1::bigint[], $2::text[], $3::text[])
       gone (app_seq, number, before)
     WHERE contact.app_seq = gone.app_seq AND contact.number = gone.number
       AND contact.record = gone.before`,
    [
      gone.map(({ appSeq }) => appSeq),
      gone.map(({ number }) => number),
      gone.map(({ before }) => before),
    ],
  );
  if (removed < gone.length) throw new Overtaken(CONTACT_CHANGED);
}

async function writeAliases(tx: Tx, batch: Batch): Promise<void> {
  const changed = [...batch.aliases.entries()].flatMap(([key, { before, value, isChanged }]) =>
    isChanged && before !== value
      ? { appSeq: toAppSeq(key), userId: key.slice(key.indexOf(" ") + 1), address: value, before }
      : [],
  );
  const made = changed.filter(({ before }) => before === null);
  await insertRows(
    tx,
    "contact_alias",
    made.map(({ before: _, ...row }) => row),
  );
  const known = changed.filter(({ before }) => before !== null);
  if (known.length === 0) return;
  const written = await tx.run(
    `UPDATE contact_alias SET address = changed.address
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
       changed (app_seq, user_id, address, before)
     WHERE contact_alias.app_seq = changed.app_seq AND contact_alias.user_id = changed.user_id
       AND contact_alias.address = changed.before`,
    [
      known.map(({ appSeq }) => appSeq),
      known.map(({ userId }) => userId),
      known.map(({ address }) => address),
      known.map(({ before }) => before),
    ],
  );
  if (written < known.length) throw new Overtaken("a user id was linked by another transaction");
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
    return kept.isChanged && kept.isGone !== true ? { ...toConversation(key), ...kept } : [];
  });
  await removeConversations(tx, batch);
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
  if (written < known.length) throw new Overtaken(CONVERSATION_CHANGED);
}

/** Conversations that were joined into another one. */
async function removeConversations(tx: Tx, batch: Batch): Promise<void> {
  const gone = [...batch.conversations.entries()].flatMap(([key, { before, isGone }]) => {
    return isGone === true && before !== null
      ? { ...toConversation(key), optedOut: before.optedOut }
      : [];
  });
  if (gone.length === 0) return;
  const removed = await tx.run(
    `DELETE FROM conversation USING unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[])
       gone (app_seq, line, contact, before)
     WHERE conversation.app_seq = gone.app_seq AND conversation.line = gone.line
       AND conversation.contact = gone.contact AND conversation.opted_out = gone.before`,
    [
      gone.map(({ appSeq }) => appSeq),
      gone.map(({ line }) => line),
      gone.map(({ contact }) => contact),
      gone.map(({ optedOut }) => optedOut),
    ],
  );
  if (removed < gone.length) throw new Overtaken(CONVERSATION_CHANGED);
}

function toAppSeq(key: string): number {
  return Number(key.slice(0, key.indexOf(" ")));
}
