/**
 * Secrets of Standard Webhooks and their keys: `whsec_` (24 to 64 bytes, HMAC-SHA256, `v1`) and `whsk_`
 * (ed25519, `v1a`, with `whpk_` as its public half). Creating a key object costs several times the signature,
 * so keys are created once and cached. Secrets never appear in a message.
 */
import { createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { AppError } from "../error.ts";
import { toHmacPads, type HmacPads } from "./hmac.ts";

/** A key that signs, and for `v1` also verifies. */
export type SigningKey =
  | { readonly version: "v1"; readonly key: KeyObject; readonly pads: HmacPads }
  | { readonly version: "v1a"; readonly key: KeyObject };

/** The term of an endpoint's secret; the current one has no end, replaced ones last for the overlap. */
export type SecretTerm = {
  readonly createdAt: number;
  readonly expiresAt: number | null;
};

const HMAC_PREFIX = "whsec_";
const PRIVATE_PREFIX = "whsk_";
const PUBLIC_PREFIX = "whpk_";
const HMAC_LEAST_BYTES = 24;
const HMAC_MOST_BYTES = 64;
const MADE_HMAC_BYTES = 32;
const SEED_BYTES = 32;
/** Each secret adds 50 to 95 bytes of header to every delivery. */
const SIGNING_SECRETS_LIMIT = 10;
const HOUR_MS = 3_600_000;

/** How long a replaced secret signs beside the new one; an overlap of 0 means "compromised". */
export const SECRET_OVERLAP = {
  defaultMs: 24 * HOUR_MS,
  minMs: 0,
  maxMs: 7 * 24 * HOUR_MS,
} as const;

/** The bytes before a 32-byte key in DER: PKCS #8 for a private key, SPKI for a public key. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** Returns a new symmetric secret of 32 bytes. */
export function generateSecret(randomBytes: (count: number) => Uint8Array): string {
  return HMAC_PREFIX + base64(randomBytes(MADE_HMAC_BYTES));
}

/**
 * Returns a new ed25519 secret as Svix writes it (seed and public half), and the public key for receivers.
 */
export function generateKeyPair(randomBytes: (count: number) => Uint8Array): {
  secret: string;
  publicKey: string;
} {
  const seed = randomBytes(SEED_BYTES);
  const publicBytes = publicHalf(privateKey(seed));
  return {
    secret: PRIVATE_PREFIX + base64(Buffer.concat([seed, publicBytes])),
    publicKey: PUBLIC_PREFIX + base64(publicBytes),
  };
}

/**
 * Returns the key of a `whsec_…`, a `whsk_…`, or base64 without a prefix, which is symmetric. Refuses with
 * `invalid_field` and the reason; never repeats the secret.
 */
export function importSigningKey(secret: string): SigningKey {
  if (secret.startsWith(PUBLIC_PREFIX)) throw refusal("a whpk_ key is public and cannot sign");
  if (secret.startsWith(PRIVATE_PREFIX)) {
    const bytes = toBytes(secret.slice(PRIVATE_PREFIX.length));
    if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) {
      throw refusal(`a whsk_ key must be 32 or 64 bytes long; this one has ${bytes.length}`);
    }
    const key = privateKey(bytes.subarray(0, SEED_BYTES));
    if (bytes.length > SEED_BYTES && !publicHalf(key).equals(bytes.subarray(SEED_BYTES))) {
      throw refusal("the public half of the whsk_ key does not belong to its private half");
    }
    return { version: "v1a", key };
  }
  const bytes = toBytes(secret.startsWith(HMAC_PREFIX) ? secret.slice(HMAC_PREFIX.length) : secret);
  if (bytes.length < HMAC_LEAST_BYTES || bytes.length > HMAC_MOST_BYTES) {
    throw refusal(
      `a whsec_ secret must be ${HMAC_LEAST_BYTES} to ${HMAC_MOST_BYTES} bytes long; this one has ${bytes.length}`,
    );
  }
  const key = createSecretKey(bytes);
  return { version: "v1", key, pads: toHmacPads(key) };
}

/** Works as `importSigningKey`, and also accepts `whpk_…`, which verifies but cannot sign. */
export function importVerifyingKey(secret: string): SigningKey {
  if (!secret.startsWith(PUBLIC_PREFIX)) return importSigningKey(secret);
  const bytes = toBytes(secret.slice(PUBLIC_PREFIX.length));
  if (bytes.length !== SEED_BYTES)
    throw refusal(`a whpk_ key must be 32 bytes long; this one has ${bytes.length}`);
  const der = Buffer.concat([SPKI_HEAD, bytes]);
  return { version: "v1a", key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

/** Returns the `whpk_…` of an ed25519 key; null for a symmetric key, which has no public half. */
export function publicKeyText({ version, key }: SigningKey): string | null {
  return version === "v1a" ? PUBLIC_PREFIX + base64(publicHalf(key)) : null;
}

/** Caches at most `limit` keys by secret; the least recently used one is evicted. */
export function createKeyCache(limit: number): { toKey(secret: string): SigningKey } {
  const keys = new Map<string, SigningKey>();
  return {
    toKey(secret) {
      const known = keys.get(secret);
      const key = known ?? importSigningKey(secret);
      // A Map keeps the order of insertion: deleting and setting a key makes it the latest.
      if (known !== undefined) keys.delete(secret);
      else if (keys.size >= limit) keys.delete(keys.keys().next().value as string);
      keys.set(secret, key);
      return key;
    },
  };
}

/**
 * Returns the secrets to sign with at `now`: the current one first, then replaced ones whose overlap still
 * runs, latest first, ten at most. An overlap has ended at `expiresAt` itself. Receivers may have any of
 * these secrets.
 */
export function liveSecrets<Secret extends SecretTerm>(
  secrets: readonly Secret[],
  now: number,
): Secret[] {
  return secrets
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .sort((a, b) => toEnd(b) - toEnd(a) || b.createdAt - a.createdAt)
    .slice(0, SIGNING_SECRETS_LIMIT);
}

/**
 * Refuses with `limit_reached` a rotation that would end the overlap of a secret early. `secrets` are the
 * endpoint's secrets before the rotation; after it they end at `overlapUntil` or at their earlier end.
 */
export function checkRotation(
  secrets: readonly SecretTerm[],
  { overlapUntil, now }: { readonly overlapUntil: number; readonly now: number },
): void {
  const ends = secrets
    .map((secret) => Math.min(toEnd(secret), overlapUntil))
    .filter((end) => end > now);
  if (ends.length < SIGNING_SECRETS_LIMIT) return;
  const replaced = secrets.flatMap(({ expiresAt }) =>
    expiresAt !== null && expiresAt > now ? [expiresAt] : [],
  );
  const freeAt = new Date(Math.min(...replaced)).toISOString();
  throw new AppError(
    "limit_reached",
    `The endpoint already signs with ${SIGNING_SECRETS_LIMIT} secrets. The next rotation is possible at ${freeAt}, when an overlap ends, or now with an overlap of 0, which ends all older secrets.`,
  );
}

function toEnd({ expiresAt }: SecretTerm): number {
  return expiresAt ?? Number.MAX_VALUE;
}

function privateKey(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([PKCS8_HEAD, seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function publicHalf(key: KeyObject): Buffer {
  const isPublic = key.type === "public";
  const der = (isPublic ? key : createPublicKey(key)).export({ format: "der", type: "spki" });
  return der.subarray(-SEED_BYTES);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function toBytes(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  // Node ignores characters that are not base64; only true base64 is the same when encoded again, except for
  // padding.
  if (text === "" || bytes.toString("base64").replace(/=+$/, "") !== text.replace(/={1,2}$/, "")) {
    throw refusal(text === "" ? "the secret is empty" : "the secret is not base64");
  }
  return bytes;
}

function refusal(reason: string): AppError {
  return new AppError("invalid_field", `The signing secret cannot be used: ${reason}.`);
}
