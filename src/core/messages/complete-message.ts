/**
 * A report about a message can arrive before the message's own event, `message.sent` or `message.received`: a
 * fast carrier confirms while the publisher still writes. A report that carries the message creates it, and
 * the own event then completes it. The ids that receivers have seen stay, and so does the status.
 */
import type { CanonicalPayload } from "../decide-types.ts";
import type { CanonicalType } from "../events/canonical-events.ts";
import type { Instant, Message, TextAttachment } from "../snapshot.ts";
import type { Channel } from "./message-status.ts";

/** A message with all fields that are needed to create it. */
export type WholeMessage = NonNullable<CanonicalPayload["message"]> & {
  readonly channel: Channel;
  readonly from: string;
  readonly to: string;
  readonly direction: Message["direction"];
};

/** Whether the event is the own event of its message. Every other message event is a report about it. */
export function isOwnEvent(type: string): boolean {
  return type === "message.received" || type === "message.sent";
}

const REPORTS: ReadonlySet<string> = new Set<CanonicalType>([
  "message.progress",
  "message.read",
  "message.deleted",
]);

/** Whether an event of this type can create a message: the own event, or a report that carries the message. */
export function isCreating(type: string): boolean {
  return isOwnEvent(type) || REPORTS.has(type);
}

/**
 * Returns the field in which the report and the own event name two different messages, or null. A report may
 * leave the text out. Its channel is a guess of many platforms, so it counts only as far as receivers see it:
 * Chirp's ids have the family of the channel.
 */
export function findDisagreement(reported: Message, own: WholeMessage): string | null {
  if (reported.direction !== own.direction) return "direction";
  if (reported.from !== own.from) return "from";
  if (reported.to !== own.to) return "to";
  if (isWhatsapp(reported.channel) !== isWhatsapp(own.channel)) return "channel";
  return reported.text !== "" && reported.text !== own.text ? "text" : null;
}

/** `toAttachment` returns the attachment of a text that is too long. Attachments of the report keep their keys. */
export function completeMessage(
  reported: Message,
  own: WholeMessage,
  p: { readonly occurredAt: Instant; toAttachment(text: string): TextAttachment | null },
): Message {
  const { isFromReport: _, ...known } = reported;
  const text = own.text ?? "";
  return {
    ...known,
    channel: own.channel,
    text,
    media: known.media.length > 0 ? known.media : (own.media ?? []),
    groupId: own.groupId ?? known.groupId,
    participants: own.participants ?? known.participants,
    createdAt: own.createdAt ?? Math.min(known.createdAt, p.occurredAt),
    textAttachment: known.textAttachment ?? p.toAttachment(text),
  };
}

/** Whether `after` is `before`, completed by its own event. */
export function isCompleted(before: Message, after: Message): boolean {
  return before.isFromReport === true && after.isFromReport !== true;
}

function isWhatsapp(channel: Channel): boolean {
  return channel === "whatsapp";
}
