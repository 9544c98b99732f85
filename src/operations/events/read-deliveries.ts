/** Reads the deliveries of an event or of an endpoint, and their attempts. */
import { AppError } from "../../core/error.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type {
  AttemptFilter,
  AttemptView,
  DeliveryStatus,
  EventFilter,
  EventRow,
} from "../../store/interface/history.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import { getEvent } from "./read-events.ts";
import type { EventRef } from "./read-events.ts";

const NOTHING = { items: [], done: true } as const;

/** State of a delivery and the time of its next attempt. */
export type DeliveryState = {
  readonly status: DeliveryStatus;
  readonly nextAttemptAt: number | null;
};

/** Pages of attempts. A null filter is one that no attempt can match. */
type AttemptsRequest = { readonly window: PageRequest; readonly filter: AttemptFilter | null };
type EndpointsRequest = { readonly appRef: string; readonly endpointRef: string };
type AttemptRef = EventRef & { readonly attemptId: string };

/** Refuses with `not_found` an unknown event. */
export async function listAttemptsOfEvent(
  context: OperationContext,
  p: EventRef & AttemptsRequest & { readonly endpointRef: string | null },
): Promise<Page<AttemptView>> {
  const { ref, filter, ...rest } = p;
  const { id: eventId } = await getEvent(context, { appRef: p.appRef, ref });
  if (filter === null) return NOTHING;
  return (await context.store.history.attemptsOfEvent({ ...rest, eventId, filter })) ?? NOTHING;
}

/** Lists nothing for an unknown endpoint. */
export async function listAttemptsOfEndpoint(
  context: OperationContext,
  p: EndpointsRequest & AttemptsRequest & { readonly withEvent: boolean },
): Promise<Page<AttemptView>> {
  const { filter } = p;
  if (filter === null) return NOTHING;
  return (await context.store.history.attemptsOfEndpoint({ ...p, filter })) ?? NOTHING;
}

/** Lists events with a delivery to the endpoint, newest first; nothing for an unknown endpoint. */
export async function listDeliveriesOfEndpoint(
  context: OperationContext,
  p: EndpointsRequest & {
    readonly window: PageRequest;
    readonly filter: EventFilter & { readonly statuses?: readonly DeliveryStatus[] };
  },
): Promise<Page<DeliveryState & { readonly event: EventRow }>> {
  return (await context.store.history.deliveriesOfEndpoint(p)) ?? NOTHING;
}

/** Lists the endpoints with a delivery of the event, deleted ones included. Refuses with `not_found`. */
export async function listDeliveriesOfEvent(
  context: OperationContext,
  p: EventRef & { readonly window: PageRequest },
): Promise<Page<DeliveryState & { readonly endpoint: Endpoint }>> {
  const { history, endpoints } = context.store;
  const { appRef, window } = p;
  const { id: eventId } = await getEvent(context, p);
  const page = (await history.deliveriesOfEvent({ appRef, eventId, window })) ?? NOTHING;
  if (page.items.length === 0) return { ...page, items: [] };
  const endpointIds = page.items.map(({ endpointId }) => endpointId);
  const found = await endpoints.forSending({ endpointIds });
  const byId = new Map(found.map(({ endpoint }) => [endpoint.endpointId, endpoint]));
  const items = page.items.flatMap(({ endpointId, ...state }) => {
    const endpoint = byId.get(endpointId);
    return endpoint === undefined ? [] : [{ ...state, endpoint }];
  });
  return { ...page, items };
}

/** Refuses with `not_found` an unknown event or attempt. */
export async function getAttempt(context: OperationContext, p: AttemptRef): Promise<AttemptView> {
  const { appRef, attemptId } = p;
  const { id: eventId } = await getEvent(context, { appRef, ref: p.ref });
  const attempt = await context.store.history.getAttempt({ appRef, eventId, attemptId });
  if (attempt === null) throw unknownAttempt(attemptId);
  return attempt;
}

/** Deletes the receiver's answer and keeps the attempt. Refuses with `not_found`. */
export async function expungeAttempt(context: OperationContext, p: AttemptRef): Promise<void> {
  const { appRef, attemptId } = p;
  const { id: eventId } = await getEvent(context, { appRef, ref: p.ref });
  const known = await context.store.history.expungeAttempt({ appRef, eventId, attemptId });
  if (!known) throw unknownAttempt(attemptId);
}

function unknownAttempt(id: string): AppError {
  return new AppError("not_found", `There is no attempt "${id.slice(0, 256)}" of this message.`);
}
