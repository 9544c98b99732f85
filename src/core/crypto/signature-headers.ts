/**
 * The names of the three headers of a signature. Standard Webhooks calls them `webhook-*`. Receivers written
 * for Svix read only `svix-*` and refuse a request without them.
 */
export const SIGNATURE_HEADERS = ["both", "webhook", "svix"] as const;

/** The families that a signed delivery carries; the values of both are the same. */
export type SignatureHeaders = (typeof SIGNATURE_HEADERS)[number];

type Family = { readonly id: string; readonly timestamp: string; readonly signature: string };

const STANDARD = family("webhook");
const SVIX = family("svix");

const FAMILIES: Readonly<Record<SignatureHeaders, readonly Family[]>> = {
  both: [STANDARD, SVIX],
  webhook: [STANDARD],
  svix: [SVIX],
};

/** An unsigned delivery carries its id and time under the standard names only. */
export function signatureHeaderNames(choice: SignatureHeaders | "unsigned"): readonly Family[] {
  return choice === "unsigned" ? FAMILIES.webhook : FAMILIES[choice];
}

function family(prefix: string): Family {
  return {
    id: `${prefix}-id`,
    timestamp: `${prefix}-timestamp`,
    signature: `${prefix}-signature`,
  };
}
