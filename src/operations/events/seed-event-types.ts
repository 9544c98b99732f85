/** Registers the canonical catalogue of event types once; later changes to it stay. */
import { CANONICAL_TYPES } from "../../core/events/canonical-events.ts";
import { CATALOGUE } from "../../core/events/catalogue.ts";
import type { OperationContext } from "../context.ts";

/** Called at every start, before the first request is accepted. */
export async function seedEventTypes(context: OperationContext): Promise<void> {
  const now = context.now();
  const eventTypes = CANONICAL_TYPES.map((name) => {
    const { description, groupName, schemaJson } = CATALOGUE[name];
    return {
      name,
      description,
      groupName,
      archived: false,
      deprecated: false,
      featureFlags: null,
      schemas: JSON.stringify({ "1": schemaJson }),
      createdAt: now,
      updatedAt: now,
    };
  });
  await context.store.eventTypes.seed({ eventTypes });
}
