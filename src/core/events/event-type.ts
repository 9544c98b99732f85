/**
 * The types of events: the canonical ones, the operational ones, and the names that a publisher may use. A
 * name one edit away from a canonical one is refused at publish: no endpoint would receive it.
 */
import { CANONICAL_TYPES, type CanonicalType } from "./canonical-events.ts";
import { NOT_DOTS_ALONE } from "../ids/chosen-id.ts";
import { refuseField, type AppError } from "../error.ts";
import { nearestName } from "../nearest-name.ts";

const CANONICAL_NAMES: ReadonlySet<string> = new Set(CANONICAL_TYPES);

export function isCanonical(type: string): type is CanonicalType {
  return CANONICAL_NAMES.has(type);
}

/**
 * The rule of Svix's API, so that its SDKs' types fit. A name of only dots is refused, since names are used
 * in paths.
 */
const NAME_FORM = new RegExp(`^${NOT_DOTS_ALONE}[a-zA-Z0-9\\-_.]{1,256}$`);

/** One per attempt: only endpoints that name it get it. */
export const ATTEMPT_LOG = "message.attempt.log";

/** Events about endpoints and deliveries; only endpoints of the operator get them. */
export const OPERATIONAL_EVENT_TYPES = [
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "endpoint.enabled",
  "endpoint.disabled",
  "endpoint.failing",
  "endpoint.backlog_full",
  "message.attempt.exhausted",
  "message.attempt.failing",
  "message.attempt.recovered",
  ATTEMPT_LOG,
  "background_task.finished",
] as const;

export type OperationalEventType = (typeof OPERATIONAL_EVENT_TYPES)[number];

/** Whole families are reserved, so that a later operational type cannot collide with a publisher's name. */
const RESERVED_PREFIXES = ["endpoint.", "message.attempt.", "background_task."];

/** Returns whether an endpoint without a list of types gets events of this type. */
export function isForAll(type: string): boolean {
  return type !== ATTEMPT_LOG;
}

export function isEventTypeName(text: string): boolean {
  return NAME_FORM.test(text);
}

/** Returns whether only the server may publish this type. */
export function isReservedEventType(name: string): boolean {
  return RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const PATH = ["eventType"] as const;

/**
 * Returns null when the type may be published; `registered` are the types registered by name. Otherwise
 * returns the refusal, `invalid_field` or `unknown_event_type`, at `["eventType"]`. Where no type is built in,
 * a name that looks like a built-in one is a name like any other.
 */
export function checkEventType(
  type: string,
  registered: ReadonlySet<string>,
  hasBuiltIn = true,
): AppError | null {
  if (isCanonical(type)) return null;
  if (!isEventTypeName(type)) {
    const shown = type.length > 40 ? `a text of ${type.length} characters` : JSON.stringify(type);
    const allowed = "1 to 256 characters from letters, digits, '.', '-' and '_', and not only dots";
    return refuseField("invalid_field", PATH, `eventType is ${shown}; it must be ${allowed}.`);
  }
  if (isReservedEventType(type)) {
    const message = `eventType "${type}" is reserved: only the server publishes it.`;
    return refuseField("invalid_field", PATH, message);
  }
  if (!hasBuiltIn || registered.has(type)) return null;
  const intended = nearestName(type, CANONICAL_TYPES);
  if (intended === undefined) return null;
  return refuseField(
    "unknown_event_type",
    PATH,
    `eventType "${type}" is not known; did you mean "${intended}"? ` +
      "Register the name as an event type to publish it unchanged.",
  );
}

/** The register of messages and every opt-out depend on these families. */
const NEVER_CUSTOM = ["message.", "optout."];

/** Returns the refusal of marking this type as `custom`; null when it may be marked. */
export function checkCustomMark(name: string): AppError | null {
  const family = NEVER_CUSTOM.find((prefix) => name.startsWith(prefix));
  if (family === undefined) return null;
  const message =
    `cannot be true for "${name}": messages, their ids and opt-outs depend on the types "${family}*". ` +
    "Publish your own payload under another name";
  return refuseField("invalid_field", ["custom"], message);
}
