/**
 * Messages as Svix shows them, its word for events. The payload is inserted as its text, byte for byte as it
 * was published. Parsing and printing it again would change numbers and order.
 */
import { isJsonType } from "../../../core/json/json-type.ts";
import { tagsShown } from "../../../core/delivery/undelivered.ts";
import type { FastifyReply } from "fastify";
import type { EventRow } from "../../../operations/context.ts";
import type { EventDraft, Published } from "../../../operations/events/publish-events.ts";
import { isoTime } from "./paging.ts";

/** `payload` is JSON text, or null once the content is gone. */
export type ShownMessage = Pick<
  EventRow,
  "id" | "eventId" | "type" | "channels" | "tags" | "orderingKey" | "deliverAt" | "acceptedAt"
> & {
  readonly payload: string | null;
  /** Number of deliveries made at the publish. Absent where they are not counted. */
  readonly deliveries?: number;
  /** Reason for having no delivery. Absent when there is one. */
  readonly undelivered?: string;
};

/** The placeholder that Svix shows for a message whose content was expunged. */
const EXPIRED = '{"expired":true}';

export function shownEvent(event: EventRow, withContent: boolean): ShownMessage {
  return { ...event, payload: withContent ? shownPayload(event) : "{}" };
}

/** `more` has the additional fields of a list. */
export function messageOut(message: ShownMessage, more: object = {}): string {
  const { id, eventId, type, channels, orderingKey, deliverAt, acceptedAt } = message;
  const { deliveries, undelivered } = message;
  const tags = tagsShown(message.tags);
  const head = JSON.stringify({
    ...more,
    eventId,
    eventType: type,
    channels: channels.length === 0 ? null : channels,
    id,
    timestamp: isoTime(acceptedAt),
    tags: tags.length === 0 ? null : tags,
    deliverAt: deliverAt === null ? null : isoTime(deliverAt),
    ...(orderingKey === null ? undefined : { orderingKey }),
    ...(deliveries === undefined ? undefined : { deliveries }),
    ...(undelivered === undefined ? undefined : { undelivered }),
  });
  return `${head.slice(0, -1)},"payload":${message.payload ?? EXPIRED}}`;
}

/** The answer for a newly published event, without reading it back from the store. */
export function draftAsShown(
  draft: EventDraft,
  p: { readonly id: string; readonly acceptedAt: number; readonly withContent: boolean },
): ShownMessage {
  const { eventId, type, channels, tags, orderingKey, deliverAt } = draft;
  const { id, acceptedAt, withContent } = p;
  const payload = withContent ? payloadAsJson(draft.payloadText, draft.contentType) : "{}";
  return { id, eventId, type, channels, tags, orderingKey, deliverAt, acceptedAt, payload };
}

/** A header, because the official SDKs know no such field of a message. */
export function setDeliveryCount(reply: FastifyReply, { events }: Published): void {
  const made = events.reduce((sum, { deliveries }) => sum + deliveries, 0);
  reply.header("hookline-deliveries", made);
}

/** A body that is not JSON is shown as a string. */
function payloadAsJson(payloadText: string, contentType: string): string {
  return isJsonType(contentType) ? payloadText : JSON.stringify(payloadText);
}

function shownPayload({ payloadText, contentType }: EventRow): string | null {
  return payloadText === null ? null : payloadAsJson(payloadText, contentType);
}
