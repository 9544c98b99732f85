/** Which event types are built in: the canonical ones, or none where the operator has turned them off. */
import type { CanonicalType } from "../../core/events/canonical-events.ts";
import { isCanonical } from "../../core/events/event-type.ts";
import type { OperationContext } from "../context.ts";

type Context = { readonly settings: Pick<OperationContext["settings"], "builtInEventTypes"> };

export function hasBuiltIn({ settings }: Context): boolean {
  return settings.builtInEventTypes === "on";
}

export function isBuiltIn(context: Context, type: string): type is CanonicalType {
  return hasBuiltIn(context) && isCanonical(type);
}
