/** Reads the registered event types. */
import { AppError } from "../../core/error.ts";
import type { EventType } from "../../store/interface/tenancy.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";

/** Refuses with `not_found`. */
export async function getEventType(context: OperationContext, name: string): Promise<EventType> {
  const eventType = await context.store.eventTypes.get({ name });
  if (eventType === null) throw unknownType(name);
  return eventType;
}

/** Archived types are in the list on request only. */
export async function listEventTypes(
  context: OperationContext,
  p: PageRequest & { readonly includeArchived: boolean },
): Promise<Page<EventType>> {
  return await context.store.eventTypes.list(p);
}

export function unknownType(name: string): AppError {
  return new AppError("not_found", `There is no event type "${name.slice(0, 256)}".`);
}
