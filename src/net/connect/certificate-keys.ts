/**
 * The public keys that an endpoint's certificates may have. Signing and verifying run on the event loop, so a
 * slow key would delay every application (I4). A signature with RSA 8192 takes seven times as long as one
 * with RSA 4096.
 */
import type { KeyObject } from "node:crypto";

const RSA_MOST_BITS = 4096;
const MOST_EXPONENT = 2n ** 32n;
const CURVES: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

/**
 * Event-loop time of one handshake with such a key: 2 ms plus the signature, measured with `openssl speed`.
 */
const HANDSHAKE_MS = { edwards: 2, curve: 4, rsa2048: 4, rsa3072: 6, rsa4096: 10 } as const;

export type PublicKey = Pick<KeyObject, "asymmetricKeyType" | "asymmetricKeyDetails">;

/** Returns the end of a sentence that begins with the field; null for a key that may be used. */
export function problemOfKey({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: PublicKey): string | null {
  switch (type) {
    case "rsa":
    case "rsa-pss": {
      const bits = details?.modulusLength ?? Infinity;
      if (bits > RSA_MOST_BITS) {
        return `has an RSA key of ${bits} bits; at most ${RSA_MOST_BITS} are allowed`;
      }
      const isLarge = (details?.publicExponent ?? MOST_EXPONENT) >= MOST_EXPONENT;
      return isLarge ? "has an RSA key whose public exponent is longer than 32 bits" : null;
    }
    case "ec":
      return CURVES.includes(details?.namedCurve ?? "")
        ? null
        : "has a key on an unsupported curve; P-256, P-384 and P-521 are allowed";
    case "ed25519":
    case "ed448":
      return null;
    default:
      return "has a key of an unsupported type; RSA, P-256, P-384, P-521, Ed25519 and Ed448 are allowed";
  }
}

/**
 * Estimates the event-loop time of one handshake with a checked client key; null when only authorities are
 * given.
 */
export function estimateHandshakeMs(key: PublicKey | null): number {
  if (key === null) return HANDSHAKE_MS.edwards;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519" || type === "ed448") return HANDSHAKE_MS.edwards;
  if (type === "ec") return HANDSHAKE_MS.curve;
  const bits = details?.modulusLength ?? RSA_MOST_BITS;
  if (bits <= 2048) return HANDSHAKE_MS.rsa2048;
  return bits <= 3072 ? HANDSHAKE_MS.rsa3072 : HANDSHAKE_MS.rsa4096;
}
