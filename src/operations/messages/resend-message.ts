/** Delivers one event to one endpoint again, in any state, with the same dedupe id (I2). */
import { AppError } from "../../core/error.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { OperationContext } from "../context.ts";
import { getEndpoint } from "../endpoints/read-endpoints.ts";
import { getEvent } from "../events/read-events.ts";

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
