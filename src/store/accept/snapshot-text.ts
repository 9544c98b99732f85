/**
 * Snapshots as text columns. A snowflake is the only number that a double cannot represent, so it is written
 * as a string (I8). Plain JSON is then exact, and parses four times as fast as JSON with exact integers. A
 * snapshot that is read equals the written one in every member.
 */
import type {
  Account,
  Contact,
  Conversation,
  Line,
  Message,
  Snapshot,
} from "../../core/snapshot.ts";

type Participants = Pick<Snapshot, "message" | "contact" | "line" | "conversation" | "account">;
/** All of a snapshot but its participants. */
export type SnapshotFacts = Omit<Snapshot, keyof Participants>;
type WrittenMessage = Omit<Message, "snowflake" | "text"> & {
  snowflake: string | bigint;
  text?: string;
};

/**
 * Written member by member, because a copy of the object would take as long again. The text is by far the
 * longest part; it is omitted when the payload beside it contains it.
 */
export function writeMessage(message: Message, options: { withText: boolean }): string {
  return JSON.stringify({
    id: message.id,
    snowflake: message.snowflake.toString(),
    handle: message.handle,
    ksuid: message.ksuid,
    direction: message.direction,
    channel: message.channel,
    from: message.from,
    to: message.to,
    text: options.withText ? message.text : undefined,
    media: message.media,
    groupId: message.groupId,
    participants: message.participants,
    status: message.status,
    error: message.error,
    createdAt: message.createdAt,
    deliveredAt: message.deliveredAt,
    readAt: message.readAt,
    deletedAt: message.deletedAt,
    textAttachment: message.textAttachment,
    isFromReport: message.isFromReport,
  } satisfies { [Name in keyof Message]-?: unknown });
}

/** The record of a changed message. It has the text, because the event that created the message may lose it. */
export function writeRecord(message: Message): string {
  return writeMessage(message, { withText: true });
}

/**
 * Until its first change, a message is stored only in the event that created it; then it has a record. Null
 * when that event has no content any more.
 */
export function readMessage(row: {
  readonly record: string | null;
  readonly participants: string | null;
  readonly payload: string | null;
}): Message | null {
  return row.record === null
    ? readParticipants(row.participants, row.payload).message
    : whole(JSON.parse(row.record) as WrittenMessage, null);
}

/**
 * Null when the event has no message, line or contact of Hookline. `messageText` is the result of
 * `writeMessage` for the snapshot's message.
 */
export function writeParticipants(snapshot: Snapshot, messageText: string | null): string | null {
  const { contact, line, conversation, account } = snapshot;
  if (account === null) return null;
  const others = JSON.stringify({ contact, line, conversation, account });
  return `{"message":${messageText},${others.slice(1)}`;
}

/** `payloadText` is the event's own payload, which contains an omitted text. */
export function readParticipants(text: string | null, payloadText: string | null): Participants {
  if (text === null) {
    return { message: null, contact: null, line: null, conversation: null, account: null };
  }
  const participants = JSON.parse(text) as {
    message: WrittenMessage | null;
    contact: Contact | null;
    line: Line | null;
    conversation: Conversation | null;
    account: Account;
  };
  if (participants.message !== null) whole(participants.message, payloadText);
  return participants as Participants;
}

function whole(message: WrittenMessage, payloadText: string | null): Message {
  message.snowflake = BigInt(message.snowflake);
  if (message.text === undefined && payloadText !== null) {
    message.text = (JSON.parse(payloadText) as { message: { text: string } }).message.text;
  }
  return message as Message;
}

/**
 * The snapshot of a stored event. Its participants are parsed when one is first read, because native webhooks
 * read none of them: that was 3 % of the main thread (2026-11-30). They are no own members, so
 * `{ ...snapshot }` loses them.
 */
export function toSnapshot(facts: SnapshotFacts, participantsText: string | null): Snapshot {
  return new StoredSnapshot(facts, participantsText);
}

/** The parts of which `toSnapshot` makes it again, such as on another thread. */
export function writeSnapshot(snapshot: Snapshot): {
  readonly facts: SnapshotFacts;
  readonly participants: string | null;
} {
  const { eventId, appId, type, payloadText, contentType, occurredAt, acceptedAt } = snapshot;
  const facts = { eventId, appId, type, payloadText, contentType, occurredAt, acceptedAt };
  if (snapshot instanceof StoredSnapshot) return { facts, participants: snapshot.participantsText };
  const { message } = snapshot;
  const messageText = message === null ? null : writeMessage(message, { withText: true });
  return { facts, participants: writeParticipants(snapshot, messageText) };
}

class StoredSnapshot implements Snapshot {
  readonly eventId: string;
  readonly appId: string;
  readonly type: string;
  readonly payloadText: string;
  readonly contentType: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly #text: string | null;
  #participants: Participants | null = null;

  constructor(facts: SnapshotFacts, participantsText: string | null) {
    this.eventId = facts.eventId;
    this.appId = facts.appId;
    this.type = facts.type;
    this.payloadText = facts.payloadText;
    this.contentType = facts.contentType;
    this.occurredAt = facts.occurredAt;
    this.acceptedAt = facts.acceptedAt;
    this.#text = participantsText;
  }

  #read(): Participants {
    return (this.#participants ??= readParticipants(this.#text, this.payloadText));
  }
  get participantsText(): string | null {
    return this.#text;
  }
  get message(): Message | null {
    return this.#read().message;
  }
  get contact(): Contact | null {
    return this.#read().contact;
  }
  get line(): Line | null {
    return this.#read().line;
  }
  get conversation(): Conversation | null {
    return this.#read().conversation;
  }
  get account(): Account | null {
    return this.#read().account;
  }
}
