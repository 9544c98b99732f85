/**
 * The names of the canonical event types, apart from their schemas: the accept transaction needs
 * the names only and must not load the schema compiler into the store's thread.
 */
export const CANONICAL_TYPES = [
  "message.received",
  "message.sent",
  "message.progress",
  "message.read",
  "message.deleted",
  "optout.changed",
  "call.logged",
  "contact.created",
  "contact.updated",
  "contact.deleted",
  "line.assigned",
  "line.blocked",
  "typing.changed",
  "template.created",
  "template.updated",
  "template.deleted",
  "template.connected",
  "whatsapp_account.connected",
  "whatsapp_account.disconnected",
] as const;

export type CanonicalType = (typeof CANONICAL_TYPES)[number];

const NAMES: ReadonlySet<string> = new Set(CANONICAL_TYPES);

export function isCanonical(type: string): type is CanonicalType {
  return NAMES.has(type);
}
