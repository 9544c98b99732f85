/** Reads the contacts, lines and conversations of a batch for many events at once. */
import type { Conversation, Line } from "../../../core/snapshot.ts";
import { OPT_OUT_KEY, toOptOutMark } from "../../accept/erased-opt-outs.ts";
import {
  conversationKey,
  participantKey,
  readContact,
  readConversation,
  readLine,
} from "../../accept/register-rows.ts";
import type { Batch } from "./accept-batch-types.ts";
import { readSetting } from "../server/setting.ts";
import type { Tx } from "../types.ts";

type Participants = {
  readonly appSeq: number;
  readonly line: string | null;
  readonly contact: string | null;
};

export async function loadParticipants(
  tx: Tx,
  batch: Batch,
  participants: readonly Participants[],
): Promise<void> {
  const contacts = toPairs(participants, ({ contact }) => contact);
  const lines = toPairs(participants, ({ line }) => line);
  await Promise.all([
    loadContacts(tx, batch, contacts),
    loadLines(tx, batch, lines),
    loadConversations(tx, batch, participants),
    loadErasedOptOuts(tx, batch, participants),
    // Requested with the last reads: the writes need the position, and no reader sees it before the commit.
    tx.feed.take(tx, 0),
  ]);
}

async function loadContacts(tx: Tx, batch: Batch, contacts: Pairs): Promise<void> {
  if (contacts.keys.length > 0) {
    const rows = await tx.sql<{ appSeq: number; number: string; record: string }>(
      `SELECT contact.app_seq, contact.number, record FROM contact
       JOIN unnest($1::bigint[], $2::text[]) asked (app_seq, number) USING (app_seq, number)`,
      [contacts.appSeqs, contacts.keys],
    );
    for (const { appSeq, number, record } of rows) {
      const value = readContact(record);
      batch.contacts.load(participantKey(appSeq, number), {
        before: record,
        value,
        isChanged: false,
        now: null,
      });
    }
  }
}

async function loadLines(tx: Tx, batch: Batch, lines: Pairs): Promise<void> {
  if (lines.keys.length > 0) {
    const rows = await tx.sql<Line & { appSeq: number }>(
      `SELECT line.app_seq, line.number, line_id, device_id, payload_generation FROM line
       JOIN unnest($1::bigint[], $2::text[]) asked (app_seq, number) USING (app_seq, number)`,
      [lines.appSeqs, lines.keys],
    );
    for (const row of rows) {
      const value = readLine(row, row.number);
      batch.lines.load(participantKey(row.appSeq, row.number), {
        before: value,
        value,
        isChanged: false,
        now: null,
      });
    }
  }
}

async function loadConversations(
  tx: Tx,
  batch: Batch,
  participants: readonly Participants[],
): Promise<void> {
  const asked = new Map<string, Participants>();
  for (const one of participants) {
    const { appSeq, line, contact } = one;
    if (line !== null && contact !== null) asked.set(conversationKey(appSeq, line, contact), one);
  }
  if (asked.size === 0) return;
  const pairs = [...asked.values()];
  const rows = await tx.sql<Conversation & { appSeq: number; line: string; contact: string }>(
    `SELECT conversation.app_seq, conversation.line, conversation.contact, fingerprint, opted_out
     FROM conversation JOIN unnest($1::bigint[], $2::text[], $3::text[])
       asked (app_seq, line, contact) USING (app_seq, line, contact)`,
    [pairs.map((one) => one.appSeq), pairs.map((one) => one.line), pairs.map((one) => one.contact)],
  );
  for (const row of rows) {
    const value = readConversation(row);
    const key = conversationKey(row.appSeq, row.line, row.contact);
    batch.conversations.load(key, { before: value, value, isChanged: false, now: null });
  }
}

async function loadErasedOptOuts(
  tx: Tx,
  batch: Batch,
  participants: readonly Participants[],
): Promise<void> {
  const asked = participants.flatMap(({ appSeq, line, contact }) =>
    line !== null && contact !== null && batch.apps.get(appSeq)?.hasErasedOptOuts === true
      ? { appSeq, line, contact }
      : [],
  );
  if (asked.length === 0) return;
  const optOutKey = (await readSetting(tx, OPT_OUT_KEY)) ?? "";
  const marks = new Map(
    asked.map((one) => [
      `${one.appSeq} ${toOptOutMark(optOutKey, one)}`,
      conversationKey(one.appSeq, one.line, one.contact),
    ]),
  );
  const pairs = [...marks.keys()].map((pair) => pair.split(" "));
  const rows = await tx.sql<{ appSeq: number; mark: string }>(
    `SELECT app_seq, mark FROM erased_opt_out
     JOIN unnest($1::bigint[], $2::text[]) asked (app_seq, mark) USING (app_seq, mark)`,
    [pairs.map(([appSeq]) => Number(appSeq)), pairs.map(([, mark]) => mark)],
  );
  for (const { appSeq, mark } of rows) {
    batch.erasedOptOuts.add(marks.get(`${appSeq} ${mark}`) as string);
  }
}

type Pairs = { readonly appSeqs: readonly number[]; readonly keys: readonly string[] };

/** Each pair once. */
function toPairs(
  participants: readonly Participants[],
  toKey: (participants: Participants) => string | null,
): Pairs {
  const pairs = new Map<string, readonly [number, string]>();
  for (const one of participants) {
    const key = toKey(one);
    if (key !== null) pairs.set(participantKey(one.appSeq, key), [one.appSeq, key]);
  }
  const all = [...pairs.values()];
  return { appSeqs: all.map(([appSeq]) => appSeq), keys: all.map(([, key]) => key) };
}
