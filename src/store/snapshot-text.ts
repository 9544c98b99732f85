/**
 * Snapshots as text columns. A snowflake is the one number that a double cannot hold, so it is
 * written as a string (I8): plain JSON is then exact, and four times as fast to read as JSON with
 * exact integers. What is read back is equal to what was written, member by member.
 */
import type { Account, Contact, Conversation, Line, Message, Snapshot } from "../core/snapshot.ts";

type Participants = Pick<Snapshot, "message" | "contact" | "line" | "conversation" | "account">;
type WrittenMessage = Omit<Message, "snowflake" | "text"> & {
  snowflake: string | bigint;
  text?: string;
};

/**
 * Member by member: copying the object first would take as long again. The text, the longest part by
 * far, is left out when the payload stored beside it says it already.
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
  } satisfies { [Name in keyof Message]-?: unknown });
}

/** A message that was written with its text. */
export function readMessage(text: string): Message {
  return whole(JSON.parse(text) as WrittenMessage, null);
}

/**
 * Null when nothing of ours is in the event. `messageText` is what `writeMessage` made of the
 * snapshot's message.
 */
export function writeParticipants(snapshot: Snapshot, messageText: string | null): string | null {
  const { contact, line, conversation, account } = snapshot;
  if (account === null) return null;
  const others = JSON.stringify({ contact, line, conversation, account });
  return `{"message":${messageText},${others.slice(1)}`;
}

/** `payloadText` is the event's own, which holds a text that was left out. */
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
