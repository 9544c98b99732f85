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

/**
 * The events of Chirp's first generation that its pages still print. They are events of texts only, and their
 * bodies have another form.
 */
export const OLDER_EVENTS = ["MESSAGE_CREATED", "MESSAGE_SENT", "MESSAGE_DELIVERED"] as const;

export type OlderEvent = (typeof OLDER_EVENTS)[number];

export const ALL_EVENTS = [...CHIRP_EVENTS, ...OLDER_EVENTS] as const;
