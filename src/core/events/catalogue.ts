/**
 * The event catalogue: every canonical type with the schema of its payload. The static type, the validator,
 * the JSON Schema of the documents, `docs/events.md` and the examples are derived from it. Unknown names are
 * allowed, invalid values are not. This file must not know how an event is handled: `decide.ts` does that and
 * never loads this file.
 */
import type { TSchema } from "typebox";
import { EXAMPLES } from "./catalogue-examples.ts";
import { CANONICAL_TYPES, type CanonicalType } from "./event-type.ts";
import { SCHEMAS } from "./catalogue-schemas.ts";

export type CatalogueEntry = {
  readonly type: CanonicalType;
  readonly description: string;
  readonly groupName: string;
  readonly schema: TSchema;
  /** The schema as plain JSON, ready for an API response. */
  readonly schemaJson: { readonly [name: string]: unknown };
  /** A payload that passes the schema; message examples are complete, so they need no stored message. */
  readonly example: { readonly [name: string]: unknown };
};

const DESCRIPTIONS = {
  "message.received": ["messages", "A text message arrived on a line."],
  "message.sent": ["messages", "The platform accepted a text message from a line."],
  "message.progress": [
    "messages",
    "A sent message changed its status on the way to the recipient.",
  ],
  "message.read": ["messages", "A user of the line read a received message."],
  "message.deleted": ["messages", "A message was deleted."],
  "optout.changed": ["optouts", "A contact opted out of a line, or opted in again."],
  "call.logged": ["calls", "A voice call of a line ended or was missed."],
  "contact.created": [
    "contacts",
    "A contact was created, or a number was seen for the first time.",
  ],
  "contact.updated": ["contacts", "The fields of a contact changed."],
  "contact.deleted": ["contacts", "A contact was deleted."],
  "line.assigned": ["lines", "A line was assigned to the account or to one of its users."],
  "line.blocked": ["lines", "A line was blocked."],
  "typing.changed": ["typing", "A contact started or stopped typing."],
  "template.created": ["templates", "A message template was created."],
  "template.updated": ["templates", "A message template changed."],
  "template.deleted": ["templates", "A message template was deleted."],
  "template.connected": ["templates", "A message template was connected to an account."],
  "whatsapp_account.connected": ["whatsapp_accounts", "A WhatsApp account was connected."],
  "whatsapp_account.disconnected": ["whatsapp_accounts", "A WhatsApp account was disconnected."],
} as const satisfies Record<CanonicalType, readonly [groupName: string, description: string]>;

/** Every canonical type, in the order of `CANONICAL_TYPES`. */
export const CATALOGUE = Object.fromEntries(
  CANONICAL_TYPES.map((type) => [type, toEntry(type)]),
) as unknown as { readonly [T in CanonicalType]: CatalogueEntry };

function toEntry(type: CanonicalType): CatalogueEntry {
  const [groupName, description] = DESCRIPTIONS[type];
  const schema = SCHEMAS[type];
  const schemaJson = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: type,
    description,
    ...(JSON.parse(JSON.stringify(schema)) as object),
  };
  return { type, description, groupName, schema, schemaJson, example: EXAMPLES[type] };
}
