/** Reads the registered event types. */
import { AppError } from "../../core/error.ts";
import type { EventType } from "../../store/interface/tenancy.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import type { Caller } from "../keys/authenticate-caller.ts";

/**
 * Refuses with `not_found`. A portal token sees types with feature flags if it has one of the flags; other
 * callers see all types.
 */
export async function getEventType(
  context: OperationContext,
  caller: Caller,
  name: string,
): Promise<EventType> {
  const eventType = await context.store.eventTypes.get({ name, featureFlags: flagsOf(caller) });
  if (eventType === null) throw unknownType(name);
  return eventType;
}

/** Lists the types that `getEventType` finds. Archived types are in the list on request only. */
export async function listEventTypes(
  context: OperationContext,
  caller: Caller,
  p: PageRequest & { readonly includeArchived: boolean },
): Promise<Page<EventType>> {
  return await context.store.eventTypes.list({ ...p, featureFlags: flagsOf(caller) });
}

function flagsOf({ portal }: Caller): readonly string[] | undefined {
  return portal?.featureFlags;
}

export function unknownType(name: string): AppError {
  return new AppError("not_found", `There is no event type "${name.slice(0, 256)}".`);
}
