/** The types of Sendblue's webhooks, each of which has a list. */
import { nearestName } from "../../../core/nearest-name.ts";

/** The path of all four calls. */
export const PATH = "/api/account/webhooks";

/** Types in the order of document 003. An answer always shows all of these. */
export const DOCUMENTED_TYPES = [
  "call_log",
  "contact_created",
  "line_assigned",
  "line_blocked",
  "outbound",
  "receive",
  "typing_indicator",
] as const;

/**
 * Types of newer SDKs (3.17) that no canonical event becomes. They are stored for clients that write back the
 * list, and shown only when they have webhooks. All other answers are therefore document 003's.
 */
export const NEWER_TYPES = ["inbound_call", "contact_profile"] as const;

export const KNOWN_TYPES = [...DOCUMENTED_TYPES, ...NEWER_TYPES] as const;
export type KnownType = (typeof KNOWN_TYPES)[number];

/** The name of a type: a known one, or one of the vendor's that this server does not know yet. */
export type WebhookType = string;

/** The default type. Sendblue documents none; most clients mean received texts. */
export const DEFAULT_TYPE: WebhookType = "receive";

/** Limit of unknown types with webhooks, for each account. */
export const MOST_UNKNOWN_TYPES = 20;
const NAME_FORM = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const NAME_MEANING =
  "a name of at most 64 letters, digits, '_', '.' and '-' that begins with a letter";

export function isKnownType(name: string): name is KnownType {
  return KNOWN_TYPES.some((type) => type === name);
}

/**
 * The problem with the name of a type, or null. An unknown type is accepted unless it is probably a misspelt
 * known one, whose webhooks would never be called.
 */
export function typeProblem(name: string): string | null {
  if (isKnownType(name)) return null;
  if (!NAME_FORM.test(name)) return `the type must be ${NAME_MEANING}`;
  const meant = nearestName(name, KNOWN_TYPES);
  if (meant === undefined) return null;
  return `this type is unknown; did you mean ${meant}? The types are ${KNOWN_TYPES.join(", ")}`;
}
