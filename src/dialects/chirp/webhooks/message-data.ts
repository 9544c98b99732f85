/** `data.message` of SMS and WhatsApp events, and `data.error` beside it for failures. */
import { MESSAGE_STATUSES } from "../../../core/messages/message-status.ts";
import type { Instant, Message, Snapshot } from "../../../core/snapshot.ts";
import { chirpId } from "./chirp-id.ts";
import { isoOrNull } from "../iso-time.ts";

/** WhatsApp lets a business reply freely for this long after the contact's last message. */
const CONVERSATION_WINDOW_MS = 24 * 3_600_000;

export function messageData(event: string, snapshot: Snapshot): object | null {
  const { message } = snapshot;
  if (message === null) return null;
  const isWhatsapp = event.startsWith("messages.whatsapp.");
  const shown = isWhatsapp ? whatsappMessage(snapshot, message) : smsMessage(snapshot, message);
  return isFailed(message)
    ? { message: shown, error: failure(message, isWhatsapp ? "meta" : "carrier") }
    : { message: shown };
}

function smsMessage(snapshot: Snapshot, message: Message): object {
  const { direction, from, to, text, media } = message;
  return {
    id: `msg_sms_${message.ksuid}`,
    direction,
    from,
    to,
    text,
    type: media.length > 0 || message.channel === "mms" ? "mms" : "sms",
    ...toMedia(snapshot, message),
    receivedAt: isoOrNull(direction === "inbound" ? message.createdAt : null),
    sentAt: isoOrNull(sentAt(message)),
    completedAt: isoOrNull(completedAt(snapshot, message)),
    occurredAt: isoOrNull(snapshot.occurredAt),
  };
}

/** One shape for both directions. The times show the step. */
function whatsappMessage(snapshot: Snapshot, message: Message): object {
  const { direction, from, to, text, media } = message;
  const isRead = message.status === "read_by_recipient";
  return {
    id: `msg_wa_${message.ksuid}`,
    direction,
    from,
    to,
    type: whatsappType(message),
    text,
    // Media have no documented place here. They are shown as in an SMS, and only when present.
    ...(media.length === 0 ? undefined : toMedia(snapshot, message)),
    source: "cloud_api",
    // History reaches only endpoints that request it, which no call of Chirp can.
    isHistoricalImport: false,
    conversationWindow: conversationWindow(message),
    receivedAt: isoOrNull(direction === "inbound" ? message.createdAt : null),
    sentAt: isoOrNull(sentAt(message)),
    deliveredAt: isoOrNull(message.deliveredAt),
    readAt: isoOrNull(isRead ? snapshot.occurredAt : null),
    occurredAt: isoOrNull(snapshot.occurredAt),
  };
}

/** Chirp shows one media file. A message with several shows the first. */
function toMedia({ appId }: Snapshot, { ksuid, media }: Message): object {
  const url = media[0]?.url ?? null;
  return { mediaUrl: url, mediaId: url === null ? null : chirpId("med", appId, ksuid) };
}

function whatsappType({ media }: Message): string {
  const [first] = media;
  if (first === undefined) return "text";
  const family = /^(image|video|audio)\//i.exec(first.contentType)?.[1];
  return family?.toLowerCase() ?? "document";
}

/** Equal in all events of a message. A blocked message was never sent. */
function sentAt({ direction, status, createdAt }: Message): Instant | null {
  return direction === "outbound" && status !== "blocked" ? createdAt : null;
}

function completedAt(snapshot: Snapshot, message: Message): Instant | null {
  return isFailed(message) ? snapshot.occurredAt : message.deliveredAt;
}

/** Known when the contact has just written; unknown otherwise. */
function conversationWindow({ direction, createdAt }: Message): object | null {
  if (direction !== "inbound") return null;
  return { isOpen: true, expiresAt: isoOrNull(createdAt + CONVERSATION_WINDOW_MS) };
}

function isFailed({ status }: Message): boolean {
  return status !== null && MESSAGE_STATUSES[status].failure;
}

/** The error object of Chirp's API. `provider` is the publisher's report. */
function failure({ error }: Message, source: "meta" | "carrier"): object {
  return {
    type: "provider_error",
    code: "message_undeliverable",
    message: "Unable to deliver message.",
    param: null,
    ...(error === null
      ? undefined
      : { provider: { source, code: error.code ?? null, message: error.message } }),
  };
}
