/** Delivers one event to one endpoint again, in any state, with the same dedupe id (I2). */
import { AppError } from "../../core/error.ts";
import type { EventRow, IdempotencyKey, OperationContext } from "../context.ts";
import { getEndpoint } from "../endpoints/update-endpoint.ts";

function unknownEvent(ref: string): AppError {
  return new AppError(
    "not_found",
    `There is no message "${ref.slice(0, 256)}" in this application.`,
  );
}

/** `ref` is the event's id, or its publisher's eventId within the dedupe window. */
export async function getEvent(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string },
): Promise<EventRow> {
  const event = await context.store.history.getEvent(p);
  if (event === null) throw unknownEvent(p.ref);
  return event;
}

/** Refuses with `not_found`, and with `content_expunged` an event whose content was deleted. */
export async function resendMessage(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly eventRef: string;
    readonly endpointRef: string;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<void> {
  const { appRef } = p;
  const event = await getEvent(context, { appRef, ref: p.eventRef });
  const endpoint = await getEndpoint(context, { appRef, ref: p.endpointRef, dialect: null });
  const replayed = await context.store.queue.replay({
    appRef,
    eventId: event.id,
    endpointRef: endpoint.endpointId,
    now: context.now(),
    idempotencyKey: p.idempotencyKey,
  });
  if (replayed === null) {
    throw new AppError(
      "content_expunged",
      `The content of message ${event.id} was deleted, so the message cannot be sent again.`,
    );
  }
}
