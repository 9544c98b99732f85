/**
 * Snapshots as text columns. A snowflake is the one number that a double cannot hold, so it is
 * written as a string (I8): plain JSON is then exact, and four times as fast to read as JSON with
 * exact integers. What is read back is equal to what was written, member by member.
 */
import type { Contact, Conversation, Line, Message, Snapshot } from "../core/snapshot.ts";

type Parties = Pick<Snapshot, "message" | "contact" | "line" | "conversation">;
type WrittenMessage = Omit<Message, "snowflake"> & { snowflake: string | bigint };

/** Member by member: copying the object first would take as long again. */
export function writeMessage(message: Message): string {
  return JSON.stringify({
    id: message.id,
    snowflake: message.snowflake.toString(),
    handle: message.handle,
    ksuid: message.ksuid,
    direction: message.direction,
    channel: message.channel,
    from: message.from,
    to: message.to,
    text: message.text,
    media: message.media,
    groupId: message.groupId,
    participants: message.participants,
    status: message.status,
    error: message.error,
    createdAt: message.createdAt,
    deliveredAt: message.deliveredAt,
    readAt: message.readAt,
    deletedAt: message.deletedAt,
    attachmentKey: message.attachmentKey,
  } satisfies { [Name in keyof Message]-?: unknown });
}

export function readMessage(text: string): Message {
  return withSnowflake(JSON.parse(text) as WrittenMessage);
}

/**
 * Null when the event has no parties at all. `messageText` is what `writeMessage` made of the
 * snapshot's message; it is the longest part, and the register needs it too.
 */
export function writeParties(snapshot: Snapshot, messageText: string | null): string | null {
  const { contact, line, conversation } = snapshot;
  if (messageText === null && contact === null && line === null && conversation === null)
    return null;
  const others = JSON.stringify({ contact, line, conversation });
  return `{"message":${messageText},${others.slice(1)}`;
}

export function readParties(text: string | null): Parties {
  if (text === null) return { message: null, contact: null, line: null, conversation: null };
  const parties = JSON.parse(text) as {
    message: WrittenMessage | null;
    contact: Contact | null;
    line: Line | null;
    conversation: Conversation | null;
  };
  if (parties.message !== null) withSnowflake(parties.message);
  return parties as Parties;
}

function withSnowflake(message: WrittenMessage): Message {
  message.snowflake = BigInt(message.snowflake);
  return message as Message;
}
