/**
 * Event types. The canonical catalogue is always registered. Other types may be registered, but need not be.
 * Schemas are stored and shown as they were sent.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { schemaProblem } from "../../../core/json/json-schema.ts";
import { sliceMember } from "../../../core/json/json-slice.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { EventType, OperationContext } from "../../../operations/context.ts";
import {
  createEventType,
  deleteEventType,
  replaceEventType,
  updateEventType,
} from "../../../operations/event-types/change-event-types.ts";
import { getEventType, listEventTypes } from "../../../operations/event-types/read-event-types.ts";
import { jsonBody } from "./json-body.ts";
import { isObject, readFields, type FieldReader } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadCaller, loadOperator, param } from "../caller.ts";
import { chosenInPath, eitherName, nameForm, NAME_RULES, TEXT_RULES } from "./model-rules.ts";
import { isoTime, readWindow, sendPage, sendText } from "./paging.ts";
import { readQuery } from "./query.ts";

/** A leading minus marks a backward iterator. */
export const EVENT_TYPE_NAME = {
  ...NAME_RULES,
  form: nameForm("(?!-)"),
  meaning: `${NAME_RULES.meaning}, without a leading hyphen`,
};

export const FEATURE_FLAGS = { min: 0, max: 100, item: NAME_RULES } as const;

type Fields = Omit<EventType, "name" | "createdAt" | "updatedAt">;

function givenFields(fields: FieldReader, text: string): Partial<Fields> {
  fields.requireNotNull("description", "archived", "deprecated");
  const description = fields.text("description", TEXT_RULES);
  const archived = fields.flag("archived");
  const deprecated = fields.flag("deprecated");
  const groupName = fields.text("groupName", NAME_RULES);
  const featureFlags = eitherName(fields, ["featureFlags", "featureFlag"], (name) => {
    if (name === "featureFlags") return fields.texts(name, FEATURE_FLAGS);
    const flag = fields.text(name, NAME_RULES);
    return typeof flag === "string" ? [flag] : flag;
  });
  const schemas = fields.value("schemas");
  if (schemas !== undefined && schemas !== null && !isObject(schemas)) {
    fields.refuse("schemas", "must be an object of JSON Schemas by version, or null");
  }
  if (isObject(schemas)) refuseSchemas(fields, schemas);
  return {
    ...(typeof description === "string" ? { description } : undefined),
    ...(typeof archived === "boolean" ? { archived } : undefined),
    ...(typeof deprecated === "boolean" ? { deprecated } : undefined),
    ...(groupName === undefined ? undefined : { groupName }),
    ...(featureFlags === undefined ? undefined : { featureFlags }),
    ...(schemas === undefined
      ? undefined
      : { schemas: schemas === null ? null : (sliceMember(text, "schemas") ?? null) }),
  };
}

function refuseSchemas(fields: FieldReader, schemas: { readonly [v: string]: JsonValue }): void {
  for (const [version, schema] of Object.entries(schemas)) {
    const problem = schemaProblem(schema, [version]);
    if (problem === undefined) continue;
    fields.refuse(
      "schemas",
      `is not a JSON Schema at ${problem.path.join(".")}: ${problem.message}`,
    );
    return;
  }
}

function wholeFields(fields: FieldReader, text: string): Fields {
  fields.require("description");
  return {
    description: "",
    archived: false,
    deprecated: false,
    groupName: null,
    featureFlags: null,
    schemas: null,
    ...givenFields(fields, text),
  };
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

export function mountEventTypes(scope: FastifyInstance, context: OperationContext): void {
  scope.get("/api/v1/event-type", async (request, reply) => {
    await loadCaller(context, request);
    const query = readQuery(request);
    const isCursor = (text: string) => EVENT_TYPE_NAME.form.test(text);
    const window = readWindow(query, { isCursor, order: "choose_oldest" });
    const includeArchived = query.flag("include_archived") ?? false;
    const withContent = query.flag("with_content") ?? false;
    query.finish();
    const page = await listEventTypes(context, { ...window, includeArchived });
    return sendPage(reply, page, {
      id: ({ name }) => name,
      text: (eventType) => eventTypeOut(eventType, withContent),
    });
  });

  scope.post("/api/v1/event-type", async (request, reply) => {
    const caller = await loadOperator(context, request);
    readQuery(request).finish();
    const { text, value } = jsonBody(request);
    const fields = readFields(value);
    const name = fields.require("name") ? fields.text("name", EVENT_TYPE_NAME) : "";
    const rest = wholeFields(fields, text);
    fields.finish();
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const made = { fields: { ...rest, name: name ?? "" }, idempotencyKey };
    return sendText(reply, 201, eventTypeOut(await createEventType(context, made), true));
  });

  scope.get("/api/v1/event-type/:name", async (request, reply) => {
    await loadCaller(context, request);
    readQuery(request).finish();
    const eventType = await getEventType(context, param(request, "name"));
    return sendText(reply, 200, eventTypeOut(eventType, true));
  });

  scope.put("/api/v1/event-type/:name", async (request, reply) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const { text, value } = jsonBody(request);
    const fields = readFields(value);
    sameName(fields, request);
    const rest = wholeFields(fields, text);
    fields.finish();
    const name = chosenInPath("name", param(request, "name"), EVENT_TYPE_NAME);
    const { eventType, created } = await replaceEventType(context, { ...rest, name });
    return sendText(reply, created ? 201 : 200, eventTypeOut(eventType, true));
  });

  scope.patch("/api/v1/event-type/:name", async (request, reply) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const { text, value } = jsonBody(request);
    const fields = readFields(value);
    sameName(fields, request);
    const change = givenFields(fields, text);
    fields.finish();
    const eventType = await updateEventType(context, { name: param(request, "name"), change });
    return sendText(reply, 200, eventTypeOut(eventType, true));
  });

  scope.delete("/api/v1/event-type/:name", async (request, reply) => {
    await loadOperator(context, request);
    const query = readQuery(request);
    const expunge = query.flag("expunge") ?? false;
    query.finish();
    await deleteEventType(context, { name: param(request, "name"), expunge });
    return reply.code(204).send();
  });
}

/** The path names the event type; a body may repeat the name. */
function sameName(fields: FieldReader, request: FastifyRequest): void {
  const given = fields.text("name");
  const name = param(request, "name");
  if (given !== undefined && given !== name) {
    fields.refuse("name", `must be "${name}", as in the path, or omitted`);
  }
}
