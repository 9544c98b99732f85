/**
 * Sendblue's webhooks: JSON objects that do not name their event, so a header does. Keys and order
 * are those that receivers recorded. A receiver with strict types fails on an unknown key, so no key
 * is added to a body that is known.
 */
import type { CanonicalType } from "../../../core/events/canonical-events.ts";
import type { PayloadOf } from "../../../core/events/catalogue.ts";
import { findDialectEvent } from "../../../core/events/dialect-events.ts";
import { AppError } from "../../../core/error.ts";
import { parseJson, stringifyJson } from "../../../core/json/json.ts";
import type { Rendered } from "../../../core/events/rendered.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { isoTime } from "../iso-time.ts";
import { messageBody } from "./render-message.ts";

/** Pure. Refuses with `internal` an event that Sendblue does not have. */
export function render(snapshot: Snapshot, _endpoint: unknown, webhookIndex: number): Rendered {
  const event = findDialectEvent("sendblue", snapshot);
  if (event === null) {
    throw new AppError("internal", `Sendblue has no event for ${snapshot.type}.`);
  }
  return {
    body: stringifyJson(toBody(event, snapshot, webhookIndex)),
    contentType: "application/json",
    headers: { "hookline-event-type": event },
    query: null,
    dedupeId: webhookIndex === 0 ? snapshot.eventId : `${snapshot.eventId}-${webhookIndex}`,
  };
}

function toBody(event: string, snapshot: Snapshot, webhookIndex: number): object {
  switch (event) {
    case "receive":
    case "outbound":
      return messageBody(snapshot, webhookIndex);
    case "typing_indicator":
      return typingBody(snapshot);
    case "call_log":
      return callBody(snapshot);
    case "contact_created":
      return contactBody(snapshot);
    case "line_assigned":
    case "line_blocked":
      return lineBody(event, snapshot);
    default:
      throw new AppError("internal", `Sendblue's event ${event} has no body.`);
  }
}

/** `from_number` is the line here. In `receive` it is the contact. */
function typingBody(snapshot: Snapshot): object {
  const { line, contact, isTyping } = toPayload<"typing.changed">(snapshot);
  return {
    number: snapshot.contact?.number ?? contact,
    from_number: line,
    is_typing: isTyping,
    timestamp: isoTime(snapshot.occurredAt),
  };
}

function callBody(snapshot: Snapshot): object {
  const payload = toPayload<"call.logged">(snapshot);
  const { line, direction, status, durationSeconds } = payload;
  const contact = snapshot.contact?.number ?? payload.contact;
  const isInbound = direction === "inbound";
  return {
    event_type: "call_log",
    from_number: isInbound ? contact : line,
    to_number: isInbound ? line : contact,
    sendblue_number: line,
    direction,
    status,
    duration: durationSeconds ?? null,
    date_created: isoTime(snapshot.occurredAt),
    accountEmail: toAccountEmail(snapshot),
  };
}

/** The contact in the form of the SDK's `Contact`. */
function contactBody(snapshot: Snapshot): object {
  const { contact, line, conversation } = snapshot;
  return {
    event_type: "contact_created",
    contact_id: `${contact?.contactId ?? ""}`,
    phone: contact?.number ?? "",
    first_name: contact?.firstName ?? "",
    last_name: contact?.lastName ?? "",
    company_name: contact?.companyName ?? "",
    tags: contact?.tags ?? [],
    custom_variables: {},
    assigned_to_email: toAccountEmail(snapshot),
    sendblue_number: line?.number ?? "",
    verified: false,
    opt_out: conversation?.optedOut ?? false,
    created_at: isoTime(snapshot.occurredAt),
  };
}

/** Sendblue has published no body for these two events, so further fields of the publisher are passed on. */
function lineBody(event: "line_assigned" | "line_blocked", snapshot: Snapshot): object {
  const payload = toPayload<"line.assigned" | "line.blocked">(snapshot);
  return {
    event_type: event,
    sendblue_number: payload.line,
    accountEmail: toAccountEmail(snapshot),
    date_created: isoTime(snapshot.occurredAt),
    ...("assignedTo" in payload ? { assigned_to: payload.assignedTo } : undefined),
    ...("reason" in payload ? { reason: payload.reason } : undefined),
  };
}

/** The payload, which passed the schema of its type when it was accepted. */
function toPayload<T extends CanonicalType>({ payloadText }: Snapshot) {
  return parseJson(payloadText) as unknown as PayloadOf<T>;
}

function toAccountEmail({ account }: Snapshot): string {
  return account?.email ?? "";
}
