/**
 * Whether a publisher may publish an event type. Any well-formed name may be, except the server's
 * own and what looks like a slip of a canonical name: nobody would be listening to it.
 */
import { CANONICAL_TYPES, isCanonical } from "./canonical-type.ts";
import { refuseField } from "./error.ts";
import type { AppError } from "./error.ts";
import { isEventTypeName, isReservedEventType, nearestName } from "./event-type.ts";

const PATH = ["eventType"] as const;

/**
 * Null when the type may be published, `registered` being the types somebody registered by name.
 * Else the refusal, `invalid_field` or `unknown_event_type`, at `["eventType"]`.
 */
export function checkEventType(type: string, registered: ReadonlySet<string>): AppError | null {
  if (isCanonical(type)) return null;
  if (!isEventTypeName(type)) {
    const shown = type.length > 40 ? `a text of ${type.length} characters` : JSON.stringify(type);
    const allowed = "1 to 256 characters out of letters, digits, '.', '-' and '_', not dots alone";
    return refuseField("invalid_field", PATH, `eventType is ${shown}; it must be ${allowed}.`);
  }
  if (isReservedEventType(type)) {
    const message = `eventType "${type}" is reserved: only the server publishes it.`;
    return refuseField("invalid_field", PATH, message);
  }
  if (registered.has(type)) return null;
  const meant = nearestName(type, CANONICAL_TYPES);
  if (meant === undefined) return null;
  return refuseField(
    "unknown_event_type",
    PATH,
    `eventType "${type}" is not known; did you mean "${meant}"? ` +
      "Register it as an event type to publish it as it stands.",
  );
}
