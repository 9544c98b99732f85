/**
 * The event of each dialect for a canonical event, as data; the tables of docs/dialects/ list the same.
 * `svix` has every type under its canonical name; the others have only the events listed here. Vendors' names
 * are here because the accept transaction matches endpoints by them. The dialect's folder renders the body.
 */
import { type CanonicalType, isCanonical } from "./event-type.ts";
import type { Channel, MessageStatus } from "../messages/message-status.ts";
import type { Dialect, Media } from "../snapshot.ts";

/** A `Snapshot` has these fields; the optional ones are known only while an event is accepted. */
export type DialectFacts = {
  readonly type: string;
  readonly message: {
    readonly channel: Channel;
    readonly status: MessageStatus | null;
    readonly media: readonly Media[];
  } | null;
  /** The status before this report. A dialect with fewer statuses may have sent it already. */
  readonly previousStatus?: MessageStatus | null;
  /** The channel on which the contact of a contact event was seen. */
  readonly contactChannel?: Channel;
};

type OtherDialect = Exclude<Dialect, "svix">;

/** `*` is replaced by the family of the channel, `sms` or `whatsapp`. A missing dialect has no event. */
const EVENTS: Record<CanonicalType, { readonly [D in OtherDialect]?: string }> = {
  "message.received": {
    zipwhip: "message/receive",
    sendblue: "receive",
    chirp: "messages.*.received",
  },
  "message.sent": { zipwhip: "message/send", sendblue: "outbound" },
  "message.progress": {}, // by status, below
  "message.read": { zipwhip: "message/read" },
  "message.deleted": { zipwhip: "message/delete" },
  "optout.changed": { zipwhip: "optout/change" },
  "call.logged": { sendblue: "call_log" },
  "contact.created": { sendblue: "contact_created", chirp: "contacts.whatsapp.created" },
  "contact.updated": { chirp: "contacts.whatsapp.updated" },
  "contact.deleted": { chirp: "contacts.whatsapp.deleted" },
  "line.assigned": { sendblue: "line_assigned" },
  "line.blocked": { sendblue: "line_blocked" },
  "typing.changed": { sendblue: "typing_indicator" },
  "template.created": { chirp: "templates.whatsapp.created" },
  "template.updated": { chirp: "templates.whatsapp.updated" },
  "template.deleted": { chirp: "templates.whatsapp.deleted" },
  "template.connected": { chirp: "templates.whatsapp.connected" },
  "whatsapp_account.connected": { chirp: "whatsapp.account.connected" },
  "whatsapp_account.disconnected": { chirp: "whatsapp.account.disconnected" },
};

/** Sendblue's status, Chirp's event. `zipwhip` sends every status that has a code. */
type Progress = { readonly zipwhip: boolean; readonly sendblue?: string; readonly chirp?: string };
const PROGRESS: Record<MessageStatus, Progress> = {
  in_process: { zipwhip: true, sendblue: "PENDING" },
  queued: { zipwhip: true, sendblue: "QUEUED" },
  sent: { zipwhip: true, sendblue: "SENT", chirp: "messages.*.sent" },
  delivered_to_carrier: { zipwhip: true, sendblue: "SENT", chirp: "messages.*.sent" },
  carrier_failed: { zipwhip: true, sendblue: "ERROR", chirp: "messages.*.failed" },
  handset_failed: { zipwhip: true, sendblue: "ERROR", chirp: "messages.*.failed" },
  blocked: { zipwhip: true, sendblue: "DECLINED", chirp: "messages.*.failed" },
  delivered_to_handset: { zipwhip: true, sendblue: "DELIVERED", chirp: "messages.*.delivered" },
  // Sendblue lists READ but is not known to send it. An SMS has no read receipt.
  read_by_recipient: { zipwhip: false, chirp: "messages.whatsapp.read" },
};

/** Returns the dialect's name for the event; null when the dialect has no such event. */
export function findDialectEvent(dialect: Dialect, facts: DialectFacts): string | null {
  if (dialect === "svix") return facts.type;
  if (!isCanonical(facts.type)) return null;
  if (facts.type === "message.progress") return findProgressEvent(dialect, facts);
  const name = EVENTS[facts.type][dialect];
  if (name === undefined) return null;
  if (dialect !== "chirp") return name;
  const met = facts.contactChannel;
  if (met !== undefined && met !== "whatsapp" && name.startsWith("contacts.whatsapp.")) return null;
  return byChannel(name, facts);
}

/** Returns the number of webhooks for one event: Sendblue sends one per picture. */
export function countWebhooks(dialect: Dialect, facts: DialectFacts): number {
  if (dialect !== "sendblue" || facts.message === null) return 1;
  return Math.max(1, facts.message.media.length);
}

/** Returns Sendblue's `status` for an outbound message with this status. */
export function findSendblueStatus(status: MessageStatus): string | null {
  return PROGRESS[status].sendblue ?? null;
}

function findProgressEvent(dialect: OtherDialect, facts: DialectFacts): string | null {
  const status = facts.message?.status;
  if (status === null || status === undefined) return null;
  const now = PROGRESS[status];
  if (dialect === "zipwhip") return now.zipwhip ? "message/progress" : null;
  const current = now[dialect];
  if (current === undefined) return null;
  const previous = facts.previousStatus;
  if (previous !== null && previous !== undefined && PROGRESS[previous][dialect] === current)
    return null;
  if (dialect === "sendblue") return "outbound";
  const name = byChannel(current, facts);
  return name === "messages.whatsapp.read" && facts.message?.channel !== "whatsapp" ? null : name;
}

function byChannel(name: string, facts: DialectFacts): string {
  return name.replace("*", facts.message?.channel === "whatsapp" ? "whatsapp" : "sms");
}
