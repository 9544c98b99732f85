/** Shows the request of a delivery, made by the renderer of the engine. The store has no copy of it. */
import { isSensitiveHeader } from "../../core/delivery/sensitive-headers.ts";
import { AppError } from "../../core/error.ts";
import { toSnapshot } from "../../store/accept/snapshot-text.ts";
import type { OperationContext } from "../context.ts";
import { getEvent } from "./read-events.ts";

export type ShownRequest = {
  readonly part: number;
  readonly method: string;
  readonly url: string;
  /** The value of a hidden header is null. */
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly body: string | null;
};

/**
 * Values of the endpoint's own headers are shown only with `showsHeaders`. Refuses with `not_found`, and with
 * `content_expunged` an event whose content was deleted.
 */
export async function showRequest(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly eventRef: string;
    readonly endpointRef: string;
    /** Null is any part. */
    readonly part: number | null;
    readonly showsHeaders: boolean;
  },
): Promise<ShownRequest> {
  const { appRef, endpointRef, part } = p;
  const { id: eventId } = await getEvent(context, { appRef, ref: p.eventRef });
  const { history, endpoints } = context.store;
  const found = await history.deliveryContent({ appRef, eventId, endpointRef, part });
  const [sending] =
    found === null ? [] : await endpoints.forSending({ endpointIds: [found.endpointId] });
  if (found === null || sending === undefined) {
    const to = `endpoint "${endpointRef.slice(0, 256)}"`;
    throw new AppError("not_found", `Message ${eventId} has no such delivery to ${to}.`);
  }
  if (found.content === null) {
    throw new AppError("content_expunged", `The content of message ${eventId} was deleted.`);
  }
  const { facts, participants } = found.content;
  const request = context.buildRequest({
    snapshot: toSnapshot(facts, participants),
    sending,
    part: found.part,
    attempts: found.attempts,
    isReplay: found.isReplay,
    now: context.now(),
  });
  const own = new Set(sending.endpoint.headerNames.map((name) => name.toLowerCase()));
  const isHidden = (name: string) =>
    isSensitiveHeader(name) || (!p.showsHeaders && own.has(name.toLowerCase()));
  return {
    ...request,
    part: found.part,
    headers: request.headers.map(([name, value]) => ({
      name,
      value: isHidden(name) ? null : value,
    })),
  };
}
