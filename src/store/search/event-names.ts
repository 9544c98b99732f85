/**
 * The names by which an event is found: addresses of the other parties, the publisher's ids, and the ids that
 * dialects show. The index has a keyed hash of each, so it contains no number and no id (I10).
 */
import { hash } from "node:crypto";
import type { Message } from "../../core/snapshot.ts";
import { readParticipants } from "../accept/snapshot-text.ts";
import type { Session, Steps } from "../session.ts";

/** A message is named by its publisher's id, by Sendblue's handle and by Chirp's id. */
const KINDS = { address: 1, messageId: 2, eventId: 3, handle: 4, ksuid: 5 } as const;

export type EventName = { readonly kind: keyof typeof KINDS; readonly value: string };

/** The columns of an event that contain its names. */
export type NamedColumns = {
  readonly appSeq: number;
  readonly eventId: string | null;
  readonly participants: string | null;
};

/** The setting with the key of the hashes, which a migration made and which never changes. */
const SEARCH_KEY = "search.key";

export type ToKey = (appSeq: number, name: EventName) => bigint;

export function* loadToKey(s: Session): Steps<ToKey> {
  const row = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    SEARCH_KEY,
  ]);
  if (row === null) throw new Error("the store has no key for searches");
  const { value: key } = row;
  return (appSeq, name) => {
    const value = name.kind === "handle" ? name.value.toLowerCase() : name.value;
    // One call of `hash` takes a third of the time of an HMAC. Only 64 of its 256 bits are stored, so nothing can
    // be appended to the text of a known hash.
    return hash(
      "sha256",
      `${key} ${appSeq} ${KINDS[name.kind]} ${value}`,
      "buffer",
    ).readBigInt64BE();
  };
}

/** The keys of an event, each once. */
export function listKeys(toKey: ToKey, row: NamedColumns): readonly bigint[] {
  return [...new Set(listNames(row).map((name) => toKey(row.appSeq, name)))];
}

export function listNames({ eventId, participants }: NamedColumns): readonly EventName[] {
  const names: EventName[] = eventId === null ? [] : [{ kind: "eventId", value: eventId }];
  if (participants === null) return names;
  const { message, contact, line } = readParticipants(participants, null);
  const addresses = new Set(contact === null ? [] : [contact.number, ...(contact.userIds ?? [])]);
  if (message !== null) {
    for (const address of listOthers(message, line?.number ?? null)) addresses.add(address);
    names.push(
      { kind: "messageId", value: message.id },
      { kind: "handle", value: message.handle },
      { kind: "ksuid", value: message.ksuid },
    );
  }
  for (const value of addresses) names.push({ kind: "address", value });
  return names;
}

/** A line is in nearly every event of its application, so its own number finds nothing. */
function listOthers(
  { direction, from, to, participants }: Message,
  line: string | null,
): readonly string[] {
  const own = line ?? (direction === "inbound" ? to : from);
  return [from, to, ...participants].filter((address) => address !== own && address !== "");
}
