/** Ends portal tokens before they expire. */
import { AppError } from "../../core/error.ts";
import type { OperationContext } from "../context.ts";
import { type Caller, unknownApp } from "../keys/authenticate-caller.ts";

/** Ends the caller's own token. Refuses with `forbidden` every other credential. */
export async function logOutOfPortal(context: OperationContext, caller: Caller): Promise<void> {
  if (caller.portal === null) {
    throw new AppError("forbidden", "This call ends portal tokens only. Revoke a key instead.");
  }
  await context.store.portal.end({ secretHash: caller.portal.secretHash });
}

/**
 * Ends all portal tokens of the app after a time, or those with one of the session ids. Their links end at
 * once. Refuses with `not_found` an unknown app.
 */
export async function expirePortalAccess(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly sessionIds: readonly string[] | null;
    readonly afterMs: number;
  },
): Promise<void> {
  const { appRef, sessionIds, afterMs } = p;
  const endsAt = context.now() + afterMs;
  const known = await context.store.portal.expireAll({ appRef, sessionIds, endsAt });
  if (!known) throw unknownApp(appRef);
}
