/**
 * The names by which an event is found: addresses of the other parties, the publisher's ids, and the ids that
 * dialects show. The index has a keyed hash of each, so it contains no number and no id (I10).
 */
import { hash } from "node:crypto";
import { ksuidAt } from "../../core/ids/ksuid.ts";
import { hashText, type HashKey } from "../../core/search/keyed-hash.ts";
import type { Message } from "../../core/snapshot.ts";
import { readParticipants } from "../accept/snapshot-text.ts";
import type { Session, Steps } from "../session.ts";

/** A message is named by its publisher's id, by Sendblue's handle and by Chirp's id. */
const KINDS = { address: 1, messageId: 2, eventId: 3, handle: 4, ksuid: 5 } as const;

export type EventName = { readonly kind: keyof typeof KINDS; readonly value: string };

/** The columns of an event that contain its names, and the time that decides which of them are in the index. */
export type NamedColumns = {
  readonly appSeq: number;
  readonly eventId: string | null;
  readonly acceptedAt: number;
  readonly participants: string | null;
};

type NameSource = Pick<NamedColumns, "eventId" | "participants">;

/** The setting with the key of the hashes, which a migration made and which never changes. */
const SEARCH_KEY = "search.key";
const SECOND_WORD_AT = 4;
const HIGHER_WORD = 2 ** 32;

export type ToKey = (appSeq: number, name: EventName) => number;

export function* loadToKey(s: Pick<Session, "one">): Steps<ToKey> {
  const row = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    SEARCH_KEY,
  ]);
  if (row === null) throw new Error("the store has no key for searches");
  const octets = hash("sha256", row.value, "buffer");
  const key: HashKey = [octets.readInt32LE(), octets.readInt32LE(SECOND_WORD_AT)];
  return (appSeq, { kind, value }) => {
    const given = kind === "handle" ? value.toLowerCase() : value;
    return hashText(key, [appSeq, appSeq / HIGHER_WORD, KINDS[kind]], given);
  };
}

/**
 * The keys of an event in the index, each once. The ids that Hookline gave a text are unique, so the event that
 * made the text has them, and the reports about it do not.
 */
export function listKeys(toKey: ToKey, row: NamedColumns): readonly number[] {
  const keys = new Set<number>();
  const { names, message } = readNames(row);
  for (const name of names) keys.add(toKey(row.appSeq, name));
  if (message !== null && mayHaveMade(row, message)) {
    for (const name of listGivenIds(message)) keys.add(toKey(row.appSeq, name));
  }
  return [...keys];
}

/** All names of the event, also those that are not in the index. */
export function listNames(row: NameSource): readonly EventName[] {
  const { names, message } = readNames(row);
  return message === null ? names : [...names, ...listGivenIds(message)];
}

export function includesName(own: readonly EventName[], { kind, value }: EventName): boolean {
  return own.some((one) => one.kind === kind && isSame(kind, one.value, value));
}

function isSame(kind: EventName["kind"], one: string, other: string): boolean {
  return kind === "handle" ? one.toLowerCase() === other.toLowerCase() : one === other;
}

/**
 * The name in the form in which participants contain it. They are JSON, and the quotes leave out events in which the
 * digits of a short text are a part of some id.
 */
export function toSearched({ kind, value }: EventName): string {
  return JSON.stringify(kind === "handle" ? value.toLowerCase() : value);
}

function readNames({ eventId, participants }: NameSource): {
  readonly names: readonly EventName[];
  readonly message: Message | null;
} {
  const names: EventName[] = eventId === null ? [] : [{ kind: "eventId", value: eventId }];
  if (participants === null) return { names, message: null };
  const { message, contact, line } = readParticipants(participants, null);
  const addresses = new Set(contact === null ? [] : [contact.number, ...(contact.userIds ?? [])]);
  if (message !== null) {
    for (const address of listOthers(message, line?.number ?? null)) addresses.add(address);
    names.push({ kind: "messageId", value: message.id });
  }
  for (const value of addresses) names.push({ kind: "address", value });
  return { names, message };
}

function listGivenIds({ handle, ksuid }: Message): readonly EventName[] {
  return [
    { kind: "handle", value: handle },
    { kind: "ksuid", value: ksuid },
  ];
}

/**
 * Chirp's id contains the time at which the event that made the text was accepted, or a later one. Some reports
 * of the same millisecond pass as well.
 */
function mayHaveMade({ acceptedAt }: NamedColumns, { ksuid }: Message): boolean {
  return ksuid >= ksuidAt(acceptedAt, "lowest");
}

/** A line is in nearly every event of its application, so its own number finds nothing. */
function listOthers(
  { direction, from, to, participants }: Message,
  line: string | null,
): readonly string[] {
  const own = line ?? (direction === "inbound" ? to : from);
  return [from, to, ...participants].filter((address) => address !== own && address !== "");
}
