/** Writes the contacts, lines, conversations and attachments that a batch has changed or created. */
import type { Batch } from "./accept-batch-types.ts";
import { Overtaken } from "../../session.ts";
import type { Tx } from "../types.ts";

export async function writeRegisters(tx: Tx, batch: Batch): Promise<void> {
  await writeContacts(tx, batch);
  await insertLines(tx, batch);
  await writeConversations(tx, batch);
  await insertAttachments(tx, batch);
}

async function writeContacts(tx: Tx, batch: Batch): Promise<void> {
  const changed = [...batch.contacts.entries()].flatMap(([key, { before, value, isChanged }]) =>
    isChanged ? { appSeq: toAppSeq(key), before, contact: value } : [],
  );
  const made = changed.filter(({ before }) => before === null);
  if (made.length > 0) {
    await tx.run(
      `INSERT INTO contact (app_seq, number, contact_id, record)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[])`,
      [
        made.map(({ appSeq }) => appSeq),
        made.map(({ contact }) => contact.number),
        made.map(({ contact }) => contact.contactId),
        made.map(({ contact }) => JSON.stringify(contact)),
      ],
    );
  }
  const known = changed.filter(({ before }) => before !== null);
  if (known.length === 0) return;
  const written = await tx.run(
    `UPDATE contact SET record = changed.record
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
       changed (app_seq, number, record, before)
     WHERE contact.app_seq = changed.app_seq AND contact.number = changed.number
       AND contact.record = changed.before`,
    [
      known.map(({ appSeq }) => appSeq),
      known.map(({ contact }) => contact.number),
      known.map(({ contact }) => JSON.stringify(contact)),
      known.map(({ before }) => before),
    ],
  );
  if (written < known.length) throw new Overtaken("a contact was changed by another transaction");
}

async function insertLines(tx: Tx, batch: Batch): Promise<void> {
  const made = [...batch.lines.entries()].flatMap(([key, { before, value, isChanged, now }]) =>
    isChanged && before === null ? { appSeq: toAppSeq(key), line: value, now } : [],
  );
  if (made.length === 0) return;
  await tx.run(
    `INSERT INTO line (app_seq, number, device_id, payload_generation, created_at)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])`,
    [
      made.map(({ appSeq }) => appSeq),
      made.map(({ line }) => line.number),
      made.map(({ line }) => line.deviceId),
      made.map(({ line }) => line.payloadGeneration),
      made.map(({ now }) => now),
    ],
  );
}

async function writeConversations(tx: Tx, batch: Batch): Promise<void> {
  const changed = [...batch.conversations.entries()].flatMap(([key, kept]) => {
    const [appSeq, line, contact] = key.split(" ") as [string, string, string];
    return kept.isChanged ? { appSeq: Number(appSeq), line, contact, ...kept } : [];
  });
  const made = changed.filter(({ before }) => before === null);
  if (made.length > 0) {
    await tx.run(
      `INSERT INTO conversation (app_seq, line, contact, fingerprint, opted_out, changed_at)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[],
         $6::bigint[])`,
      [
        made.map(({ appSeq }) => appSeq),
        made.map(({ line }) => line),
        made.map(({ contact }) => contact),
        made.map(({ value }) => value.fingerprint),
        made.map(({ value }) => value.optedOut),
        made.map(({ now }) => now),
      ],
    );
  }
  const known = changed.filter(({ before }) => before !== null);
  if (known.length === 0) return;
  const written = await tx.run(
    `UPDATE conversation SET opted_out = changed.opted_out, changed_at = changed.now
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::bigint[])
       changed (app_seq, line, contact, opted_out, before, now)
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

async function insertAttachments(tx: Tx, batch: Batch): Promise<void> {
  const rows = batch.attachments.items;
  if (rows.length === 0) return;
  await tx.run(
    `INSERT INTO attachment (event_seq, ordinal, app_seq, key, file_name, content_type, content, url,
       size_bytes, created_at)
     SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[],
       $7::bytea[], $8::text[], $9::bigint[], $10::bigint[])`,
    [
      rows.map(({ eventSeq }) => eventSeq),
      rows.map(({ ordinal }) => ordinal),
      rows.map(({ appSeq }) => appSeq),
      rows.map(({ key }) => key),
      rows.map(({ fileName }) => fileName),
      rows.map(({ contentType }) => contentType),
      rows.map(({ content }) => (content === null ? null : Buffer.from(content))),
      rows.map(({ url }) => url),
      rows.map(({ sizeBytes }) => sizeBytes),
      rows.map(({ createdAt }) => createdAt),
    ],
  );
}

function toAppSeq(key: string): number {
  return Number(key.slice(0, key.indexOf(" ")));
}
