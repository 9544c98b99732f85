/**
 * Signatures of Standard Webhooks 1.0.0, created at send time: the timestamp is the attempt's, and a rotated
 * secret applies to retries too. The signed content is `{id}.{timestamp}.{body}`, with the body byte for byte
 * as sent. The header lists one `version,base64` item for each live key.
 */
import { sign, timingSafeEqual, verify } from "node:crypto";
import { hmacBase64 } from "./hmac.ts";
import type { SigningKey } from "./signing-secret.ts";

export type SignedContent = {
  /** The `webhook-id`; it must not contain a full stop, which separates the signed content. */
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string | Uint8Array;
};

/** Receivers refuse a timestamp that differs more from their clock, either way. */
const TOLERANCE_SECONDS = 300;

/** Returns the value of `webhook-signature`, in the order of the keys: the current one comes first. */
export function signContent(given: SignedContent & { keys: readonly SigningKey[] }): string {
  if (given.id.includes("."))
    throw new TypeError(`the webhook id "${given.id}" contains a full stop`);
  return given.keys.map((key) => `${key.version},${toSignature(given, key)}`).join(" ");
}

export type Verdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "missing_header" | "bad_timestamp" | "too_old" | "too_new" | "no_match";
    };

/**
 * Verifies the three headers as a receiver does. `now` is in milliseconds. Items of unknown versions are
 * skipped; one match with any key is enough; the comparison takes constant time.
 */
export function verifySignature(given: {
  headers: {
    readonly id: string | undefined;
    readonly timestamp: string | undefined;
    readonly signature: string | undefined;
  };
  body: string | Uint8Array;
  keys: readonly SigningKey[];
  now: number;
}): Verdict {
  const { id, timestamp, signature } = given.headers;
  if (!id || !timestamp || !signature) return { ok: false, reason: "missing_header" };
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: "bad_timestamp" };
  const timestampSeconds = Number(timestamp);
  const age = Math.floor(given.now / 1000) - timestampSeconds;
  if (age > TOLERANCE_SECONDS) return { ok: false, reason: "too_old" };
  if (age < -TOLERANCE_SECONDS) return { ok: false, reason: "too_new" };

  const content = { id, timestampSeconds, body: given.body };
  const items = signature.split(" ").map((item) => item.split(","));
  const isMatch = items.some(([version, value = ""]) =>
    given.keys.some((key) => key.version === version && isSignature(content, key, value)),
  );
  return isMatch ? { ok: true } : { ok: false, reason: "no_match" };
}

/** Returns the signature in base64. */
function toSignature(content: SignedContent, signingKey: SigningKey): string {
  if (signingKey.version === "v1") return hmacBase64(signingKey, toHead(content), content.body);
  return sign(null, signedBytes(content), signingKey.key).toString("base64");
}

function isSignature(content: SignedContent, signingKey: SigningKey, value: string): boolean {
  const claimed = Buffer.from(value, "base64");
  if (signingKey.version === "v1a") {
    return verify(null, signedBytes(content), signingKey.key, claimed);
  }
  const expected = Buffer.from(toSignature(content, signingKey), "base64");
  return claimed.length === expected.length && timingSafeEqual(claimed, expected);
}

function toHead({ id, timestampSeconds }: SignedContent): string {
  return `${id}.${timestampSeconds}.`;
}

/** Ed25519 takes its message in one piece. */
function signedBytes(content: SignedContent): Buffer {
  const body = typeof content.body === "string" ? Buffer.from(content.body) : content.body;
  return Buffer.concat([Buffer.from(toHead(content)), body]);
}
