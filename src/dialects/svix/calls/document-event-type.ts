/** The document's calls on event types. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import {
  alias,
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_TIME,
  flag,
  instant,
  JSON_BODY,
  toListSchema,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  ORDERED_PAGE,
  params,
  READING,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { EVENT_TYPE_NAME, FEATURE_FLAGS } from "./event-type.ts";
import { NAME_RULES, TEXT_RULES } from "./model-rules.ts";

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
  featureFlag: Type.Optional(nullable(text(NAME_RULES, alias("featureFlags")))),
  schemas: Type.Optional(schemas),
};
const name = text(EVENT_TYPE_NAME, "The name of the type, as used for publishing.");
const eventTypeIn = body("EventTypeIn", { name, ...fields });
const eventTypeUpdate = body("EventTypeUpdate", fields);
const eventTypePatch = body("EventTypePatch", {
  ...fields,
  description: Type.Optional(fields.description),
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
const EXAMPLE_NAME = "order.paid";
const EXAMPLE_FIELDS = { description: "An order was paid.", groupName: "orders" };
const EXAMPLE = {
  name: EXAMPLE_NAME,
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
const one = { tag: "Event type", security: ["bearer"], params: params("name") } as const;
const PATH = "/api/v1/event-type/:name";
const EXAMPLE_PARAMS = { name: EXAMPLE_NAME };

export const EVENT_TYPE_CALLS: readonly ApiCall[] = [
  {
    id: "listEventTypes",
    tag: "Event type",
    summary: "List event types",
    methods: ["GET"],
    path: "/api/v1/event-type",
    security: ["bearer"],
    query: Type.Object({
      ...ORDERED_PAGE,
      include_archived: Type.Optional(flag("Includes archived types.")),
      with_content: Type.Optional(flag("Includes the schemas.")),
    }),
    example: { query: { with_content: true } },
    answers: {
      200: answer("A page of event types.", toListSchema(eventType, "EventTypes"), {
        data: [EXAMPLE],
        iterator: EXAMPLE_NAME,
        prevIterator: `-${EXAMPLE_NAME}`,
        done: true,
      }),
    },
    refusals: ["invalid_field"],
  },
  {
    id: "createEventType",
    tag: "Event type",
    summary: "Register an event type",
    description:
      "A type need not be registered before it is published. The built-in types are always registered.",
    methods: ["POST"],
    path: "/api/v1/event-type",
    security: ["bearer"],
    headers: ONCE,
    body: { schema: eventTypeIn, ...JSON_BODY },
    example: { body: { name: "order.shipped", ...EXAMPLE_FIELDS } },
    answers: { 201: made },
    refusals: MAKING.filter((code) => code !== "not_found"),
  },
  {
    ...one,
    id: "getEventType",
    summary: "Get an event type",
    methods: ["GET"],
    path: PATH,
    example: { params: EXAMPLE_PARAMS },
    answers: { 200: found },
    refusals: READING,
  },
  {
    ...one,
    id: "putEventType",
    summary: "Replace an event type, or register it",
    methods: ["PUT"],
    path: PATH,
    body: { schema: eventTypeUpdate, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: EXAMPLE_FIELDS },
    answers: { 200: found, 201: made },
    refusals: CHANGING,
  },
  {
    ...one,
    id: "patchEventType",
    summary: "Change an event type",
    methods: ["PATCH"],
    path: PATH,
    body: { schema: eventTypePatch, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { deprecated: true } },
    answers: { 200: found },
    refusals: CHANGING,
  },
  {
    ...one,
    id: "deleteEventType",
    summary: "Archive or delete an event type",
    methods: ["DELETE"],
    path: PATH,
    query: Type.Object({
      expunge: Type.Optional(flag("Deletes the type instead of archiving it.")),
    }),
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: DELETING,
  },
];
