/**
 * Registers the canonical catalogue of event types once; later changes to it stay. Where the operator has turned
 * the catalogue off, it is removed from the list of event types.
 */
import { CANONICAL_TYPES } from "../../core/events/canonical-events.ts";
import { CATALOGUE } from "../../core/events/catalogue.ts";
import type { OperationContext } from "../context.ts";
import { hasBuiltIn } from "../event-types/built-in.ts";

/** Called at every start, before the first request is accepted. */
export async function seedEventTypes(context: OperationContext): Promise<void> {
  const now = context.now();
  const eventTypes = (hasBuiltIn(context) ? CANONICAL_TYPES : []).map((name) => {
    const { description, groupName, schemaJson } = CATALOGUE[name];
    return {
      name,
      description,
      groupName,
      archived: false,
      deprecated: false,
      featureFlags: null,
      custom: false,
      schemas: JSON.stringify({ "1": schemaJson }),
      createdAt: now,
      updatedAt: now,
    };
  });
  await context.store.eventTypes.seed({ eventTypes });
}
