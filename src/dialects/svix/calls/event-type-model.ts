/**
 * Event types in requests and answers. Schemas are stored and shown as they were sent.
 */
import Type from "typebox";
import type { Static } from "typebox";
import { schemaProblem } from "../../../core/json/json-schema.ts";
import { sliceMember } from "../../../core/json/json-slice.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { EventType } from "../../../operations/context.ts";
import { toAlias, refine } from "../../request-schema.ts";
import {
  body,
  EXAMPLE_TIME,
  EXAMPLE_TYPE,
  flag,
  instant,
  nullable,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { nameForm, NAME_RULES, TEXT_RULES } from "./model-rules.ts";
import { isoTime } from "./paging.ts";

/** A leading minus marks a backward iterator. */
export const EVENT_TYPE_NAME = {
  ...NAME_RULES,
  form: nameForm("(?!-)"),
  meaning: `${NAME_RULES.meaning}, without a leading hyphen`,
};
const FEATURE_FLAGS = { min: 0, max: 100, item: NAME_RULES } as const;

const schemas = nullable(
  Type.Record(Type.String(), Type.Unknown(), {
    description:
      "JSON Schemas by version. They are documentation: no payload is checked against them.",
  }),
);
const fields = {
  description: text(TEXT_RULES, "A description of the event."),
  archived: Type.Optional(flag("Archived types are omitted from lists.")),
  deprecated: Type.Optional(flag("Marks the type as deprecated.")),
  groupName: Type.Optional(nullable(text(NAME_RULES, "The group under which the type is listed."))),
  featureFlags: Type.Optional(
    nullable(texts(FEATURE_FLAGS, "Feature flags for which the type is shown.")),
  ),
  featureFlag: toAlias("featureFlags", (description) => nullable(text(NAME_RULES, description))),
  custom: Type.Optional(
    flag(
      "For a built-in name: a payload that does not fit its schema is accepted, not read, and delivered to native endpoints only. `message.*` and `optout.*` cannot be marked.",
    ),
  ),
  schemas: Type.Optional(
    refine(
      schemas,
      (given) => findSchemaProblem(given) === undefined,
      (given) => findSchemaProblem(given) ?? "",
    ),
  ),
};
export const eventTypeIn = body("EventTypeIn", {
  name: text(EVENT_TYPE_NAME, "The name of the type, as used for publishing."),
  ...fields,
});
const sameName = Type.Optional(Type.String({ description: "The name in the path." }));
export const eventTypeUpdate = body("EventTypeUpdate", { ...fields, name: sameName });
export const eventTypePatch = body("EventTypePatch", {
  ...fields,
  description: Type.Optional(fields.description),
  name: sameName,
});

export const eventType = shown("EventType", {
  name: Type.String(),
  description: Type.String(),
  archived: Type.Boolean(),
  deprecated: Type.Boolean(),
  groupName: nullable(Type.String()),
  featureFlags: nullable(Type.Array(Type.String())),
  featureFlag: nullable(Type.String()),
  createdAt: instant("When it was made."),
  updatedAt: instant("Time of the last change."),
  schemas,
  custom: Type.Optional(flag("Shown only if true.")),
});
export const EXAMPLE_FIELDS = { description: "An order was paid.", groupName: "orders" };
export const EXAMPLE = {
  name: EXAMPLE_TYPE,
  description: "An order was paid.",
  archived: false,
  deprecated: false,
  groupName: "orders",
  featureFlags: null,
  featureFlag: null,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
  schemas: null,
};

type Fields = Omit<EventType, "name" | "createdAt" | "updatedAt">;

export function toFields(given: Static<typeof eventTypePatch>, text: string): Fields {
  return {
    description: "",
    archived: false,
    deprecated: false,
    groupName: null,
    featureFlags: null,
    schemas: null,
    custom: false,
    ...toChange(given, text),
  };
}

/** The schemas are kept as the text in which they were sent. */
export function toChange(given: Static<typeof eventTypePatch>, text: string): Partial<Fields> {
  const { name: _name, featureFlag: _alias, schemas: parsed, ...rest } = given;
  if (parsed === undefined) return rest;
  return { ...rest, schemas: parsed === null ? null : (sliceMember(text, "schemas") ?? null) };
}

function findSchemaProblem(schemas: object | null): string | undefined {
  for (const [version, schema] of Object.entries(schemas ?? {})) {
    const problem = schemaProblem(schema as JsonValue, [version]);
    if (problem !== undefined)
      return `is not a JSON Schema at ${problem.path.join(".")}: ${problem.message}`;
  }
  return undefined;
}

/** The schemas are inserted as their stored text. */
export function eventTypeOut(eventType: EventType, withContent: boolean): string {
  const { name, description, archived, deprecated, groupName, featureFlags, schemas } = eventType;
  const head = JSON.stringify({
    name,
    description,
    archived,
    deprecated,
    groupName,
    featureFlags,
    featureFlag: featureFlags?.[0] ?? null,
    createdAt: isoTime(eventType.createdAt),
    updatedAt: isoTime(eventType.updatedAt),
  });
  const shown = withContent && schemas !== null ? schemas : "null";
  return `${head.slice(0, -1)},"schemas":${shown}${eventType.custom ? ',"custom":true' : ""}}`;
}
