/**
 * Every canonical event type, with its event in each other API. A missing API has no such event. The
 * definitions of the types are in `catalogue/`: the thread of the store needs only the names, and never loads
 * the schema compiler.
 */
import type { Dialect } from "../snapshot.ts";

/** `*` is replaced by the family of the channel, `sms` or `whatsapp`. */
export const CANONICAL_EVENTS = {
  "message.received": {
    zipwhip: "message/receive",
    sendblue: "receive",
    chirp: "messages.*.received",
  },
  "message.sent": { zipwhip: "message/send", sendblue: "outbound" },
  "message.progress": {}, // by status, in `dialect-events.ts`
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
} as const satisfies Record<string, { readonly [D in Exclude<Dialect, "svix">]?: string }>;

export type CanonicalType = keyof typeof CANONICAL_EVENTS;

export const CANONICAL_TYPES = Object.keys(CANONICAL_EVENTS) as readonly CanonicalType[];
