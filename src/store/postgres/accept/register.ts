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

/** `contact` and `userId` are the addresses by which an event names its contact. */
type Participants = {
  readonly appSeq: number;
  readonly line: string | null;
  readonly contact: string | null;
  readonly userId: string | null;
};
type Pair = { readonly appSeq: number; readonly line: string | null; readonly contact: string };

export async function loadParticipants(
  tx: Tx,
  batch: Batch,
  participants: readonly Participants[],
): Promise<void> {
  const asked = await withAliases(tx, batch, participants);
  const contacts = toPairs(asked, ({ contact }) => contact);
  const lines = toPairs(participants, ({ line }) => line);
  await Promise.all([
    loadContacts(tx, batch, contacts),
    loadLines(tx, batch, lines),
    loadConversations(tx, batch, asked),
    loadErasedOptOuts(tx, batch, asked),
    // Requested with the last reads: the writes need the position, and no reader sees it before the commit.
    tx.feed.take(tx, 0),
  ]);
  await loadConversations(tx, batch, toFormer(batch, asked));
}

/** Each line with all addresses that its contact may have by the end of the batch. */
async function withAliases(
  tx: Tx,
  batch: Batch,
  participants: readonly Participants[],
): Promise<readonly Pair[]> {
  const named = participants.flatMap(({ appSeq, line, contact }) =>
    contact === null ? [] : { appSeq, line, contact },
  );
  const userIds = toPairs(participants, ({ userId }) => userId);
  if (userIds.keys.length === 0) return named;
  await loadAliases(tx, batch, userIds);
  const persons = joinAddresses(batch, participants);
  await lockJoined(tx, persons);
  const all = participants.flatMap(({ appSeq, line, contact, userId }) =>
    [contact, userId].flatMap((address) => {
      const person = address === null ? undefined : persons.get(participantKey(appSeq, address));
      return [...(person?.addresses ?? [])].map((one) => ({ appSeq, line, contact: one }));
    }),
  );
  return [...named, ...all];
}

/** The addresses of one person, as far as this batch and the aliases say. */
type Person = { readonly appSeq: number; readonly addresses: Set<string> };

/** By each of the addresses. An event that names two addresses, and an alias, make them one person's. */
function joinAddresses(
  batch: Batch,
  participants: readonly Participants[],
): ReadonlyMap<string, Person> {
  const persons = new Map<string, Person>();
  for (const { appSeq, contact, userId } of participants) {
    if (userId === null) continue;
    const alias = batch.aliases.get(participantKey(appSeq, userId))?.value ?? userId;
    const joined: Person = { appSeq, addresses: new Set([contact ?? userId, userId, alias]) };
    for (const address of joined.addresses) {
      const other = persons.get(participantKey(appSeq, address));
      for (const one of other?.addresses ?? []) joined.addresses.add(one);
    }
    for (const address of joined.addresses) persons.set(participantKey(appSeq, address), joined);
  }
  return persons;
}

/**
 * Locks the contacts that this batch may join, by app and address, the lowest first. So two transactions that
 * join the same contacts run one after the other.
 */
async function lockJoined(tx: Tx, persons: ReadonlyMap<string, Person>): Promise<void> {
  const rows = [...new Set(persons.values())].flatMap(({ appSeq, addresses }) =>
    addresses.size > 1 ? [...addresses].map((address) => [appSeq, address] as const) : [],
  );
  if (rows.length === 0) return;
  await tx.sql(
    `SELECT 1 FROM contact JOIN unnest($1::bigint[], $2::text[]) asked (app_seq, number)
       USING (app_seq, number)
     ORDER BY contact.app_seq, contact.number COLLATE "C" FOR UPDATE OF contact`,
    [rows.map(([appSeq]) => appSeq), rows.map(([, address]) => address)],
  );
}

async function loadAliases(tx: Tx, batch: Batch, userIds: Pairs): Promise<void> {
  const rows = await tx.sql<{ appSeq: number; userId: string; address: string }>(
    `SELECT contact_alias.app_seq, contact_alias.user_id, address FROM contact_alias
     JOIN unnest($1::bigint[], $2::text[]) asked (app_seq, user_id) USING (app_seq, user_id)`,
    [userIds.appSeqs, userIds.keys],
  );
  for (const { appSeq, userId, address } of rows) {
    const row = { before: address, value: address, isChanged: false, now: null };
    batch.aliases.load(participantKey(appSeq, userId), row);
  }
}

/** Conversations that were stored under user ids before the number was known. */
function toFormer(batch: Batch, asked: readonly Pair[]): readonly Pair[] {
  return asked.flatMap(({ appSeq, line, contact }) => {
    const known = batch.contacts.get(participantKey(appSeq, contact))?.value;
    return (known?.formerAddresses ?? []).map((one) => ({ appSeq, line, contact: one }));
  });
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

async function loadConversations(tx: Tx, batch: Batch, wanted: readonly Pair[]): Promise<void> {
  const asked = new Map<string, Pair>();
  for (const one of wanted) {
    const { appSeq, line, contact } = one;
    if (line !== null) asked.set(conversationKey(appSeq, line, contact), one);
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

async function loadErasedOptOuts(tx: Tx, batch: Batch, wanted: readonly Pair[]): Promise<void> {
  const asked = wanted.flatMap(({ appSeq, line, contact }) =>
    line !== null && batch.apps.get(appSeq)?.hasErasedOptOuts === true
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
function toPairs<One extends { readonly appSeq: number }>(
  participants: readonly One[],
  toKey: (participants: One) => string | null,
): Pairs {
  const pairs = new Map<string, readonly [number, string]>();
  for (const one of participants) {
    const key = toKey(one);
    if (key !== null) pairs.set(participantKey(one.appSeq, key), [one.appSeq, key]);
  }
  const all = [...pairs.values()];
  return { appSeqs: all.map(([appSeq]) => appSeq), keys: all.map(([, key]) => key) };
}
