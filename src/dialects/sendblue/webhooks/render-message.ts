/**
 * The body of `receive` and `outbound`: the 25 keys that live receivers recorded in 2026, in that order.
 * Null, "" and [] are three different values to receivers.
 */
import { AppError } from "../../../core/error.ts";
import { findSendblueStatus } from "../../../core/events/dialect-events.ts";
import type { Channel } from "../../../core/messages/message-status.ts";
import type { Message, Snapshot } from "../../../core/snapshot.ts";
import { isoTime } from "../iso-time.ts";

/** Sendblue has three services. WhatsApp is shown as SMS, because receivers may not know a fourth. */
const SERVICES: Readonly<Record<Channel, "iMessage" | "SMS" | "RCS">> = {
  imessage: "iMessage",
  rcs: "RCS",
  sms: "SMS",
  mms: "SMS",
  whatsapp: "SMS",
};

/** The plan of an account with dedicated lines. Publishers do not report plans. */
const PLAN = "dedicated";

/**
 * A message with several pictures makes one webhook for each, which differ only in the picture. A receiver
 * may drop duplicates by handle: whichever webhook it keeps has the text.
 */
export function messageBody(snapshot: Snapshot, webhookIndex: number): object {
  const { message, account, conversation, line } = snapshot;
  if (message === null) throw new AppError("internal", `The ${snapshot.type} has no message.`);
  const isOutbound = message.direction === "outbound";
  const contact = isOutbound ? message.to : message.from;
  const ours = isOutbound ? message.from : message.to;
  return {
    accountEmail: account?.email ?? "",
    content: message.text,
    is_outbound: isOutbound,
    status: toStatus(snapshot.type, message),
    error_code: findErrorCode(message),
    error_message: message.error?.message ?? null,
    error_reason: message.error === null ? null : "",
    message_handle: message.handle,
    date_sent: isoTime(message.createdAt),
    date_updated: isoTime(toUpdatedAt(snapshot, message)),
    from_number: message.from,
    number: contact,
    to_number: message.to,
    // Null in recorded inbound messages, false in the vendor's example of an outbound one.
    was_downgraded: isOutbound ? false : null,
    plan: PLAN,
    media_url: message.media[webhookIndex]?.url ?? "",
    message_type: message.groupId === null ? "message" : "group",
    group_id: message.groupId ?? "",
    participants: message.participants,
    send_style: "",
    opted_out: conversation?.optedOut ?? false,
    error_detail: message.error === null ? null : "",
    sendblue_number: line?.number ?? ours,
    service: SERVICES[message.channel],
    group_display_name: "",
  };
}

/**
 * An outbound message without a report yet is registered. `message.sent` may follow the report that its
 * recipient has read it, for which Sendblue has no status.
 */
function toStatus(type: string, { direction, status }: Message): string {
  if (type === "message.received") return "RECEIVED";
  if (status !== null) return findSendblueStatus(status) ?? "DELIVERED";
  return direction === "inbound" ? "RECEIVED" : "REGISTERED";
}

/** The vendor's documents show a number. A code that is a word stays a word. */
function findErrorCode({ error }: Message): number | string | null {
  const code = error?.code ?? null;
  return typeof code === "string" && /^[1-9]\d{0,14}$/.test(code) ? Number(code) : code;
}

function toUpdatedAt({ type, occurredAt }: Snapshot, { createdAt }: Message): number {
  return type === "message.progress" ? occurredAt : createdAt;
}
