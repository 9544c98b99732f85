/** Deletes the content of several messages, one after the other: each is durable by itself. */
import type { OperationContext } from "../context.ts";
import { getApp } from "../apps/read-apps.ts";

/**
 * Returns for each reference, an id or an `eventId` within the dedupe window, whether the app had such an event.
 * Refuses with `not_found` an unknown app.
 */
export async function expungeEvents(
  context: OperationContext,
  p: { readonly appRef: string; readonly refs: readonly string[] },
): Promise<ReadonlyMap<string, boolean>> {
  const { id: appRef } = await getApp(context, p.appRef);
  const { history } = context.store;
  const wasFound = new Map<string, boolean>();
  for (const ref of p.refs) {
    const now = context.now();
    wasFound.set(ref, await history.expungeEvent({ appRef, eventId: ref, now }));
  }
  return wasFound;
}
