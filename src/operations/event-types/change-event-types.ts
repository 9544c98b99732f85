/** Registers, changes and archives event types. */
import { checkCustomMark } from "../../core/events/event-type.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { EventType } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";
import { unknownType } from "./read-event-types.ts";

export type EventTypeFields = Omit<EventType, "createdAt" | "updatedAt">;

/** Refuses with `conflict` a name that is registered and not archived. */
export async function createEventType(
  context: OperationContext,
  p: { readonly fields: EventTypeFields; readonly idempotencyKey: IdempotencyKey | null },
): Promise<EventType> {
  const { fields, idempotencyKey } = p;
  refuseMark(fields.name, fields.custom);
  const eventType = asNew(context, fields);
  return (await context.store.eventTypes.create({ eventType, idempotencyKey })).value;
}

/** Creates the event type, or replaces all its fields. */
export async function replaceEventType(
  context: OperationContext,
  fields: EventTypeFields,
): Promise<{ readonly eventType: EventType; readonly created: boolean }> {
  refuseMark(fields.name, fields.custom);
  return await context.store.eventTypes.upsert({ eventType: asNew(context, fields) });
}

/** Changes the given fields. Refuses with `not_found`. */
export async function updateEventType(
  context: OperationContext,
  p: { readonly name: string; readonly change: Partial<Omit<EventTypeFields, "name">> },
): Promise<EventType> {
  refuseMark(p.name, p.change.custom);
  const eventType = await context.store.eventTypes.update({ ...p, now: context.now() });
  if (eventType === null) throw unknownType(p.name);
  return eventType;
}

/** Archives the event type, or removes it with `expunge`. Refuses with `not_found`. */
export async function deleteEventType(
  context: OperationContext,
  p: { readonly name: string; readonly expunge: boolean },
): Promise<void> {
  const known = await context.store.eventTypes.delete({ ...p, now: context.now() });
  if (!known) throw unknownType(p.name);
}

/** Refuses with `invalid_field` a mark on a type that the server has to read. */
function refuseMark(name: string, custom: boolean | undefined): void {
  const refusal = custom === true ? checkCustomMark(name) : null;
  if (refusal !== null) throw refusal;
}

function asNew(context: OperationContext, fields: EventTypeFields): EventType {
  const now = context.now();
  return { ...fields, createdAt: now, updatedAt: now };
}
