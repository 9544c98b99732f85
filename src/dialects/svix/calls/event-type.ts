/**
 * Event types. The canonical catalogue is always registered. Other types may be registered, but need not be.
 * Schemas are stored and shown as they were sent.
 */
import Type from "typebox";
import type { Static } from "typebox";
import { refuseField } from "../../../core/error.ts";
import { schemaProblem } from "../../../core/json/json-schema.ts";
import { sliceMember } from "../../../core/json/json-slice.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { EventType } from "../../../operations/context.ts";
import {
  createEventType,
  deleteEventType,
  replaceEventType,
  updateEventType,
} from "../../../operations/event-types/change-event-types.ts";
import { getEventType, listEventTypes } from "../../../operations/event-types/read-event-types.ts";
import { aliasOf, refine } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { nativeCall } from "../call.ts";
import { asAnyCaller, asOperator } from "../caller.ts";
import {
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_TIME,
  EXAMPLE_TYPE,
  flag,
  instant,
  MAKING,
  NOTHING,
  nullable,
  READING,
  shown,
  text,
  texts,
  toListSchema,
} from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { chosenInPath, nameForm, NAME_RULES, TEXT_RULES } from "./model-rules.ts";
import { isoTime, sendPage, sendText } from "./paging.ts";

/** A leading minus marks a backward iterator. */
const EVENT_TYPE_NAME = {
  ...NAME_RULES,
  form: nameForm("(?!-)"),
  meaning: `${NAME_RULES.meaning}, without a leading hyphen`,
};
const FEATURE_FLAGS = { min: 0, max: 100, item: NAME_RULES } as const;

const schemas = nullable(
  Type.Record(Type.String(), Type.Unknown(), { description: "JSON Schemas by version." }),
);
const fields = {
  description: text(TEXT_RULES, "A description of the event."),
  archived: Type.Optional(flag("Archived types are omitted from lists.")),
  deprecated: Type.Optional(flag("Marks the type as deprecated.")),
  groupName: Type.Optional(nullable(text(NAME_RULES, "The group under which the type is listed."))),
  featureFlags: Type.Optional(
    nullable(texts(FEATURE_FLAGS, "Feature flags for which the type is shown.")),
  ),
  featureFlag: aliasOf("featureFlags", (description) => nullable(text(NAME_RULES, description))),
  schemas: Type.Optional(
    refine(
      schemas,
      (given) => findSchemaProblem(given) === undefined,
      (given) => findSchemaProblem(given) ?? "",
    ),
  ),
};
const eventTypeIn = body("EventTypeIn", {
  name: text(EVENT_TYPE_NAME, "The name of the type, as used for publishing."),
  ...fields,
});
const sameName = Type.Optional(Type.String({ description: "The name in the path." }));
const eventTypeUpdate = body("EventTypeUpdate", { ...fields, name: sameName });
const eventTypePatch = body("EventTypePatch", {
  ...fields,
  description: Type.Optional(fields.description),
  name: sameName,
});

const eventType = shown("EventType", {
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
});
const EXAMPLE_FIELDS = { description: "An order was paid.", groupName: "orders" };
const EXAMPLE = {
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
const made = answer("The event type was registered.", eventType, EXAMPLE);
const found = answer("The event type.", eventType, EXAMPLE);

const paging = createPaging({
  isCursor: (cursor) => EVENT_TYPE_NAME.form.test(cursor),
  order: "choose_oldest",
});
const all = { tag: "Event type", path: "/api/v1/event-type" } as const;
const one = { ...all, path: `${all.path}/:name` } as const;

export const EVENT_TYPE_CALLS: readonly Call[] = [
  nativeCall({
    ...all,
    id: "listEventTypes",
    summary: "List event types",
    method: "GET",
    access: asAnyCaller,
    query: paging.toQuery({
      include_archived: Type.Optional(flag("Includes archived types.")),
      with_content: Type.Optional(flag("Includes the schemas.")),
    }),
    example: { query: { with_content: true } },
    answers: {
      200: answer("A page of event types.", toListSchema(eventType, "EventTypes"), {
        data: [EXAMPLE],
        iterator: EXAMPLE_TYPE,
        prevIterator: `-${EXAMPLE_TYPE}`,
        done: true,
      }),
    },
    refusals: ["invalid_field"],
    async handle({ context, query, reply }) {
      const { include_archived: includeArchived = false, with_content: withContent = false } =
        query;
      const request = { ...paging.toPageRequest(query), includeArchived };
      const page = await listEventTypes(context, request);
      return sendPage(reply, page, {
        id: (item) => item.name,
        text: (item) => eventTypeOut(item, withContent),
      });
    },
  }),
  nativeCall({
    ...all,
    id: "createEventType",
    summary: "Register an event type",
    description:
      "A type need not be registered before it is published. The built-in types are always registered.",
    method: "POST",
    access: asOperator,
    idempotent: true,
    body: eventTypeIn,
    nulls: "refused",
    example: { body: { name: "order.shipped", ...EXAMPLE_FIELDS } },
    answers: { 201: made },
    refusals: MAKING.filter((code) => code !== "not_found"),
    async handle({ context, body: given, text: sent, reply, idempotencyKey }) {
      const made = await createEventType(context, {
        fields: { ...toFields(given, sent), name: given.name },
        idempotencyKey: idempotencyKey(),
      });
      return sendText(reply, 201, eventTypeOut(made, true));
    },
  }),
  nativeCall({
    ...one,
    id: "getEventType",
    summary: "Get an event type",
    method: "GET",
    access: asAnyCaller,
    answers: { 200: found },
    refusals: READING,
    async handle({ context, params: { name }, reply }) {
      return sendText(reply, 200, eventTypeOut(await getEventType(context, name), true));
    },
  }),
  nativeCall({
    ...one,
    id: "putEventType",
    summary: "Replace an event type, or register it",
    method: "PUT",
    access: asOperator,
    body: eventTypeUpdate,
    nulls: "refused",
    example: { body: EXAMPLE_FIELDS },
    answers: { 200: found, 201: made },
    refusals: CHANGING,
    async handle({ context, params, body: given, text: sent, reply }) {
      checkSameName(given.name, params.name);
      const name = chosenInPath("name", params.name, EVENT_TYPE_NAME);
      const fields = { ...toFields(given, sent), name };
      const { eventType: item, created } = await replaceEventType(context, fields);
      return sendText(reply, created ? 201 : 200, eventTypeOut(item, true));
    },
  }),
  nativeCall({
    ...one,
    id: "patchEventType",
    summary: "Change an event type",
    method: "PATCH",
    access: asOperator,
    body: eventTypePatch,
    example: { body: { deprecated: true } },
    answers: { 200: found },
    refusals: CHANGING,
    async handle({ context, params: { name }, body: given, text: sent, reply }) {
      checkSameName(given.name, name);
      const item = await updateEventType(context, { name, change: toChange(given, sent) });
      return sendText(reply, 200, eventTypeOut(item, true));
    },
  }),
  nativeCall({
    ...one,
    id: "deleteEventType",
    summary: "Archive or delete an event type",
    method: "DELETE",
    access: asOperator,
    query: Type.Object({
      expunge: Type.Optional(flag("Deletes the type instead of archiving it.")),
    }),
    answers: NOTHING,
    refusals: DELETING,
    handle: ({ context, params: { name }, query: { expunge = false } }) =>
      deleteEventType(context, { name, expunge }),
  }),
];

type Fields = Omit<EventType, "name" | "createdAt" | "updatedAt">;

function toFields(given: Static<typeof eventTypePatch>, text: string): Fields {
  return {
    description: "",
    archived: false,
    deprecated: false,
    groupName: null,
    featureFlags: null,
    schemas: null,
    ...toChange(given, text),
  };
}

/** The schemas are kept as the text in which they were sent. */
function toChange(given: Static<typeof eventTypePatch>, text: string): Partial<Fields> {
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

/** The path names the event type; a body may repeat the name. */
function checkSameName(given: string | undefined, name: string): void {
  if (given === undefined || given === name) return;
  const message = `must be "${name}", as in the path, or omitted`;
  throw refuseField("invalid_field", ["name"], message);
}

/** The schemas are inserted as their stored text. */
function eventTypeOut(eventType: EventType, withContent: boolean): string {
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
  return `${head.slice(0, -1)},"schemas":${withContent && schemas !== null ? schemas : "null"}}`;
}
