/** Sends an endpoint an example of an event type, even one it did not ask for. */
import { CATALOGUE } from "../../core/events/catalogue.ts";
import { refuseField } from "../../core/error.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { OperationContext } from "../context.ts";
import { isBuiltIn } from "../event-types/built-in.ts";
import { plainDraft, publishEvents, type Published } from "./publish-events.ts";
import { getEndpoint } from "../endpoints/read-endpoints.ts";

/** Sends one example. It enters no register and derives no event; only this endpoint gets it. */
export async function sendExample(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly endpointRef: string;
    readonly eventType: string;
    /** Index among the examples of the event type. */
    readonly exampleIndex: number;
    /** Text that is sent instead of an example. The type need not be registered then. */
    readonly given: { readonly payload: object; readonly text: string } | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Published & { readonly payloadText: string }> {
  const { appRef, endpointRef, eventType } = p;
  const { endpointId } = await getEndpoint(context, { appRef, ref: endpointRef, dialect: null });
  const payload = p.given?.payload ?? (await makeExample(context, eventType, p.exampleIndex));
  const draft = {
    ...plainDraft(eventType, payload, p.given?.text),
    derive: false,
    onlyEndpointId: endpointId,
  };
  const published = await publishEvents(context, {
    appRef,
    createApp: null,
    drafts: [draft],
    isBatch: false,
    onDuplicate: "refuse",
    idempotencyKey: p.idempotencyKey,
  });
  return { ...published, payloadText: draft.payloadText };
}

async function makeExample(
  context: OperationContext,
  type: string,
  index: number,
): Promise<object> {
  if (isBuiltIn(context, type)) {
    if (index > 0)
      throw refuseField("invalid_field", ["exampleIndex"], `"${type}" has one example, number 0`);
    return CATALOGUE[type].example;
  }
  const eventType = await context.store.eventTypes.get({ name: type });
  if (eventType === null) {
    throw refuseField("unknown_event_type", ["eventType"], `"${type}" is not an event type`);
  }
  const examples = eventType.schemas === null ? [] : examplesIn(JSON.parse(eventType.schemas));
  const example = examples[index];
  if (example !== undefined) return example;
  const count = examples.length;
  throw count === 0
    ? refuseField("invalid_field", ["eventType"], `the schema of "${type}" has no examples`)
    : refuseField("invalid_field", ["exampleIndex"], `"${type}" has examples 0 to ${count - 1}`);
}

/** Returns a schema's `examples` or `example`; of several versions, from the highest number that has any. */
function examplesIn(schemas: unknown): object[] {
  if (!isObject(schemas)) return [];
  const own = [
    ...(Array.isArray(schemas["examples"]) ? schemas["examples"] : []),
    schemas["example"],
  ];
  const objects = own.filter(isObject);
  if (objects.length > 0) return objects;
  const versions = Object.keys(schemas).filter((name) => /^\d+$/.test(name));
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const found = examplesIn(schemas[version]);
    if (found.length > 0) return found;
  }
  return [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
