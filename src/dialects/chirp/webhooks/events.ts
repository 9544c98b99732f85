/** Chirp's events that a webhook can select: the enumeration of document 004, in its order. */
export const CHIRP_EVENTS = [
  "messages.sms.received",
  "messages.sms.sent",
  "messages.sms.delivered",
  "messages.sms.failed",
  "messages.whatsapp.received",
  "messages.whatsapp.sent",
  "messages.whatsapp.delivered",
  "messages.whatsapp.read",
  "messages.whatsapp.failed",
  "templates.whatsapp.created",
  "templates.whatsapp.updated",
  "templates.whatsapp.deleted",
  "templates.whatsapp.connected",
  "contacts.whatsapp.created",
  "contacts.whatsapp.updated",
  "contacts.whatsapp.deleted",
  "whatsapp.account.connected",
  "whatsapp.account.disconnected",
] as const;

export type ChirpEvent = (typeof CHIRP_EVENTS)[number];
