/** Records that content is shown to a person whose answers are masked. */
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import type { OperationContext } from "../context.ts";
import { type Caller, unknownApp } from "../keys/authenticate-caller.ts";

/** All reveals have one name in the audit, so one filter finds them. */
export const REVEAL_VERB = "reveal";

/**
 * Content may be shown only after this resolves: the entry is stored by then. Refuses with `rate_limited`, since a
 * script with a session could fill the audit, and with `not_found` an unknown app.
 */
export async function recordReveal(
  context: OperationContext,
  p: { readonly caller: Caller; readonly appRef: string; readonly ids: readonly string[] },
): Promise<void> {
  const { caller, appRef, ids } = p;
  if (!context.reveals.take(caller.id)) throw refuseLimit(LIMITS.reveals, LIMITS.reveals.value);
  if (!(await context.store.audit.reveal({ appRef, ids }))) throw unknownApp(appRef);
}
