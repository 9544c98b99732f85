/** The types of Sendblue's webhooks, each of which has a list. */
import { nearestName } from "../../core/nearest-name.ts";

/** All four calls. */
export const PATH = "/api/account/webhooks";

/** In the order in which document 003 lists them; an answer always shows all of these. */
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
 * Types that newer SDKs know (3.17) and no event of ours becomes. They are kept for clients that write
 * back what they read, and shown when there are any, so that every other answer is document 003's.
 */
export const NEWER_TYPES = ["inbound_call", "contact_profile"] as const;

export const KNOWN_TYPES = [...DOCUMENTED_TYPES, ...NEWER_TYPES] as const;
export type KnownType = (typeof KNOWN_TYPES)[number];

/** The name of a type: a known one, or one of the vendor's that this server does not know yet. */
export type WebhookType = string;

/** The type of a call without one. Sendblue documents none; most clients mean received texts. */
export const DEFAULT_TYPE: WebhookType = "receive";

/** Unknown types of an account that have webhooks. */
export const MOST_UNKNOWN_TYPES = 20;
const NAME_FORM = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const NAME_MEANING =
  "a name of at most 64 letters, digits, '_', '.' and '-' that begins with a letter";

export function isKnownType(name: string): name is KnownType {
  return KNOWN_TYPES.some((type) => type === name);
}

/**
 * The problem with the name of a type, or null. An unknown type is kept, unless it is most likely a
 * known one that is misspelt: its webhooks would never be called.
 */
export function typeProblem(name: string): string | null {
  if (isKnownType(name)) return null;
  if (!NAME_FORM.test(name)) return `the type must be ${NAME_MEANING}`;
  const meant = nearestName(name, KNOWN_TYPES);
  if (meant === undefined) return null;
  return `there is no such type; did you mean ${meant}? The types are ${KNOWN_TYPES.join(", ")}`;
}
