/**
 * The event catalogue: the definition of every canonical type. The static type, the validator, the JSON Schema
 * of the documents, `docs/events.md` and the examples are derived from it. This file must not know how an
 * event is handled: `decide.ts` does that and never loads this file.
 */
import type { Static, TSchema } from "typebox";
import type { CanonicalPayload } from "../decide-types.ts";
import { CONVERSATION_EVENTS } from "./catalogue/conversations.ts";
import { MESSAGE_EVENTS } from "./catalogue/messages.ts";
import { REGISTER_EVENTS } from "./catalogue/registers.ts";
import { WHATSAPP_EVENTS } from "./catalogue/whatsapp.ts";
import { CANONICAL_TYPES, type CanonicalType } from "./canonical-events.ts";

export type CatalogueEntry = {
  readonly type: CanonicalType;
  readonly description: string;
  readonly groupName: string;
  readonly schema: TSchema;
  /** The schema as plain JSON, ready for an API response. */
  readonly schemaJson: { readonly [name: string]: unknown };
  readonly example: { readonly [name: string]: unknown };
  /** `payload` must have passed the schema. */
  flatten(payload: unknown): CanonicalPayload;
};

const DEFINITIONS = {
  ...MESSAGE_EVENTS,
  ...CONVERSATION_EVENTS,
  ...REGISTER_EVENTS,
  ...WHATSAPP_EVENTS,
} satisfies Record<CanonicalType, object>;

/** The payload of a canonical type after validation. */
export type PayloadOf<T extends CanonicalType> = Static<(typeof DEFINITIONS)[T]["schema"]>;

/** Every canonical type, in the order of `CANONICAL_TYPES`. */
export const CATALOGUE = Object.fromEntries(
  CANONICAL_TYPES.map((type) => [type, toEntry(type)]),
) as unknown as { readonly [T in CanonicalType]: CatalogueEntry };

function toEntry(type: CanonicalType): CatalogueEntry {
  const { groupName, description, schema, example, flatten } = DEFINITIONS[type];
  const schemaJson = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: type,
    description,
    ...(JSON.parse(JSON.stringify(schema)) as object),
  };
  const flattenAny = flatten as (payload: unknown) => CanonicalPayload;
  return { type, description, groupName, schema, schemaJson, example, flatten: flattenAny };
}
