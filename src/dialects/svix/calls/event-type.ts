/** Event types. The canonical catalogue is always registered. Others may be registered, but need not be. */
import Type from "typebox";
import { refuseField } from "../../../core/error.ts";
import {
  createEventType,
  deleteEventType,
  replaceEventType,
  updateEventType,
} from "../../../operations/event-types/change-event-types.ts";
import { getEventType, listEventTypes } from "../../../operations/event-types/read-event-types.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAnyCaller, asOperator } from "../caller.ts";
import {
  answer,
  CHANGING,
  DELETING,
  EXAMPLE_TYPE,
  flag,
  MAKING,
  NOTHING,
  READING,
  toListSchema,
} from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { chosenInPath } from "./model-rules.ts";
import { sendPage, sendText } from "./paging.ts";
import {
  EVENT_TYPE_NAME,
  eventTypeIn,
  eventTypeUpdate,
  eventTypePatch,
  eventType,
  EXAMPLE_FIELDS,
  EXAMPLE,
  eventTypeOut,
  toChange,
  toFields,
} from "./event-type-model.ts";

const made = answer("The event type was registered.", eventType, EXAMPLE);
const found = answer("The event type.", eventType, EXAMPLE);

const paging = createPaging({
  isCursor: (cursor) => EVENT_TYPE_NAME.form.test(cursor),
  order: "choose_oldest",
});
const all = { tag: "Event type", path: "/api/v1/event-type" } as const;
const one = { ...all, path: `${all.path}/:name` } as const;

export const EVENT_TYPE_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listEventTypes",
    configuration: true,
    portal: "ViewBase",
    operator: "viewer",
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
    async handle({ context, caller, query, reply }) {
      const { include_archived: includeArchived = false, with_content: withContent = false } =
        query;
      const request = { ...paging.toPageRequest(query), includeArchived };
      const page = await listEventTypes(context, caller, request);
      return sendPage(reply, page, {
        id: (item) => item.name,
        text: (item) => eventTypeOut(item, withContent),
      });
    },
  }),
  defineCall({
    ...all,
    id: "createEventType",
    portal: null,
    operator: "operator",
    summary: "Register an event type",
    description:
      "A type need not be registered before it is published. The built-in types are always registered, unless the server has `HOOKLINE_BUILTIN_EVENT_TYPES=off`.",
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
  defineCall({
    ...one,
    id: "getEventType",
    configuration: true,
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get an event type",
    method: "GET",
    access: asAnyCaller,
    answers: { 200: found },
    refusals: READING,
    async handle({ context, caller, params: { name }, reply }) {
      const item = await getEventType(context, caller, name);
      return sendText(reply, 200, eventTypeOut(item, true));
    },
  }),
  defineCall({
    ...one,
    id: "putEventType",
    portal: null,
    operator: "operator",
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
  defineCall({
    ...one,
    id: "patchEventType",
    portal: null,
    operator: "operator",
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
  defineCall({
    ...one,
    id: "deleteEventType",
    portal: null,
    operator: "operator",
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

/** The path names the event type; a body may repeat the name. */
function checkSameName(given: string | undefined, name: string): void {
  if (given === undefined || given === name) return;
  const message = `must be "${name}", as in the path, or omitted`;
  throw refuseField("invalid_field", ["name"], message);
}
