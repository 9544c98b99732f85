/** Whether an event type may be published or asked for; see `checkEventType`. */
import type { AppError } from "../../core/error.ts";
import { checkEventType } from "../../core/events/event-type.ts";
import type { OperationContext } from "../context.ts";
import { hasBuiltIn } from "../event-types/built-in.ts";

const NOTHING_REGISTERED: ReadonlySet<string> = new Set();

/**
 * Returns null for a type that may be used. The register is read only for a name that looks like a typing
 * error of a canonical one. Few names do, so the check costs a publish nothing.
 */
export async function refusedType(
  context: OperationContext,
  type: string,
): Promise<AppError | null> {
  const refusal = checkEventType(type, NOTHING_REGISTERED, hasBuiltIn(context));
  if (refusal?.code !== "unknown_event_type") return refusal;
  const registered = await context.store.eventTypes.get({ name: type });
  return registered === null ? refusal : null;
}
