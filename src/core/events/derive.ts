/**
 * Derived events: `contact.created` for an unknown number, `optout.changed` for a text that is a keyword.
 * Their ids are derived from their parent's, so deriving twice adds no event. Their payloads are rendered
 * here, always in the same form.
 */
import type { CanonicalType } from "./canonical-events.ts";
import type { CanonicalPayload, NewEvent } from "../decide-types.ts";
import { derivedId } from "../ids/ids.ts";
import { stringifyJson } from "../json/json.ts";
import type { OptOut } from "../messages/optout.ts";
import type { Instant, Message } from "../snapshot.ts";

/** The type of the derived event that repeats the text of its parent. */
export const DERIVED_OPT_OUT = "optout.changed" satisfies CanonicalType;

/** An event derives at most one of each. */
export const DERIVED_TYPES = ["contact.created", DERIVED_OPT_OUT] as const;

/** `userId` is the address of the contact when it has no other. */
export function derivedContact(
  parent: NewEvent,
  { contact: number, userId }: { readonly contact: string; readonly userId: string },
  at: Instant,
): NewEvent {
  // The channel keeps numbers seen by SMS out of Chirp's WhatsApp contacts.
  const channel = parent.canonical?.message?.channel;
  const hasBoth = userId !== number;
  const canonical = {
    contact: number,
    contactFields: {},
    ...(hasBoth ? { contactUserId: userId } : undefined),
  };
  return derived(
    parent,
    "contact.created",
    { contact: hasBoth ? { number, userId } : { number }, channel },
    channel === undefined ? canonical : { ...canonical, contactChannel: channel },
    at,
  );
}

export function derivedOptOut(
  parent: NewEvent,
  message: Message,
  optOut: OptOut,
  participants: { readonly line: string; readonly contact: string },
  at: Instant,
): NewEvent {
  const named = { ...participants, messageId: message.id, text: message.text };
  return derived(
    parent,
    DERIVED_OPT_OUT,
    {
      line: named.line,
      contact: named.contact,
      type: optOut,
      messageId: named.messageId,
      text: named.text,
      occurredAt: new Date(at).toISOString(),
    },
    { ...named, optOut, at },
    at,
  );
}

function derived(
  parent: NewEvent,
  type: CanonicalType,
  payload: object,
  canonical: CanonicalPayload,
  at: Instant,
): NewEvent {
  return {
    id: derivedId(parent.id, type),
    eventId: null,
    type,
    payloadText: stringifyJson(payload),
    contentType: "application/json",
    canonical,
    occurredAt: at,
    channels: parent.channels,
    tags: parent.tags,
    orderingKey: parent.orderingKey,
    deliverAt: parent.deliverAt,
    retentionMs: parent.retentionMs,
    derive: false,
    historical: parent.historical,
    onlyEndpointId: null,
    derivedFrom: parent.id,
  };
}
