/** The types of Sendblue's webhooks: what an account can ask for, each with a list of its own. */

/** Where all four calls are. */
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
 * What the SDK knows since (3.17) and no event of ours becomes. They are kept for clients that write
 * back what they read, and shown when there are any, so that the answer to all others is document 003's.
 */
export const NEWER_TYPES = ["inbound_call", "contact_profile"] as const;

export const WEBHOOK_TYPES = [...DOCUMENTED_TYPES, ...NEWER_TYPES] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Nothing says what a call without a type means; most people want the texts they get (dialects.md 2.2). */
export const DEFAULT_TYPE: WebhookType = "receive";

export function isWebhookType(name: string): name is WebhookType {
  return WEBHOOK_TYPES.some((type) => type === name);
}
