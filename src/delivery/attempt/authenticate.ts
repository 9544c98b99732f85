/**
 * How a receiver verifies that a delivery comes from Hookline: the authentication strategies of its endpoint,
 * loaded once and kept with the endpoint's lane. Encrypted values are decrypted and key objects are made
 * here. The signature itself is made when the attempt is sent. So its timestamp is the attempt's, and retries
 * use a rotated secret too. None of this is ever logged or stored (I10).
 */
import { decryptWith } from "../../core/crypto/key-ring.ts";
import type { KeyRing } from "../../core/crypto/key-ring.ts";
import {
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../core/crypto/encryption-context.ts";
import { signContent } from "../../core/crypto/signature.ts";
import { signatureHeaderNames } from "../../core/crypto/signature-headers.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import { importSigningKey, liveSecrets } from "../../core/crypto/signing-secret.ts";
import type { SigningKey } from "../../core/crypto/signing-secret.ts";
import type { Instant } from "../../core/snapshot.ts";
import { basicAuthorization } from "../../core/crypto/url-userinfo.ts";
import { nameTlsProfile } from "../../net/connect/tls-profile.ts";
import type { TlsIdentity, TlsProfile } from "../../net/connect/tls-profile.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";

export type Authentication = {
  /** Whether the endpoint's headers include a `User-Agent`. */
  readonly namesUserAgent: boolean;
  /** Appends names and values alternately to `headers`. */
  addTo(headers: string[], request: { id: string; body: string; now: Instant }): void;
};

type DecryptedSecret = {
  readonly secret: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

/** The header that carries the secret itself, as Sendblue's receivers expect it. */
const LITERAL_SECRET_HEADER = "sb-signing-secret";

/** Throws when an encrypted value cannot be decrypted or a secret is malformed. */
export function loadAuthentication(
  endpoint: Endpoint,
  { keys, signatureHeaders }: { keys: KeyRing; signatureHeaders: SignatureHeaders },
): Authentication {
  const { endpointId, authentication } = endpoint;
  const secrets = endpoint.secrets.map(({ encrypted, createdAt, expiresAt }) => ({
    secret: decryptWith(keys, { encrypted, context: secretContext(endpointId) }),
    createdAt,
    expiresAt,
  }));
  const isSigned = authentication.some(
    (strategy) => strategy === "standard-v1" || strategy === "standard-v1a",
  );
  const keysAt = isSigned ? importKeys(secrets) : () => [];
  const families = signatureHeaderNames(isSigned ? signatureHeaders : "unsigned");
  const literal = authentication.includes("literal-secret") ? secrets[0]?.secret : undefined;
  const fixed = [...decryptHeaders(endpoint, keys), ...decryptUserinfo(endpoint, keys)];
  if (literal !== undefined) fixed.push(LITERAL_SECRET_HEADER, literal);

  return {
    namesUserAgent: endpoint.headerNames.some((name) => name.toLowerCase() === "user-agent"),
    addTo(headers, { id, body, now }) {
      const timestampSeconds = Math.floor(now / 1000);
      const keys = keysAt(now);
      const signature =
        keys.length === 0 ? null : signContent({ id, timestampSeconds, body, keys });
      for (const names of families) {
        headers.push(names.id, id, names.timestamp, `${timestampSeconds}`);
        if (signature !== null) headers.push(names.signature, signature);
      }
      for (const item of fixed) headers.push(item);
    },
  };
}

/**
 * Returns the endpoint's client certificate and private authorities; null when it has neither. Throws like
 * `loadAuthentication`.
 */
export function decryptTls(endpoint: Endpoint, keys: KeyRing): TlsIdentity | null {
  const { appId, endpointId, encryptedTls } = endpoint;
  if (encryptedTls === null) return null;
  const text = decryptWith(keys, { encrypted: encryptedTls, context: tlsContext(endpointId) });
  return nameTlsProfile(JSON.parse(text) as TlsProfile, appId);
}

/**
 * Returns the keys that sign at an instant, each by its secret's version. A rotation may change the kind of
 * secret, and both kinds sign during the overlap. Keys are imported once; they are selected again when an
 * overlap ends.
 */
function importKeys(secrets: readonly DecryptedSecret[]): (now: Instant) => readonly SigningKey[] {
  const keyed = secrets.map((secret) => ({
    ...secret,
    signingKey: importSigningKey(secret.secret),
  }));
  let chosen: readonly SigningKey[] = [];
  let chosenUntil = Number.NEGATIVE_INFINITY;
  return (now) => {
    if (now >= chosenUntil) {
      const live = liveSecrets(keyed, now);
      chosen = live.map(({ signingKey }) => signingKey);
      chosenUntil = Math.min(...live.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY));
    }
    return chosen;
  };
}

/** Returns names and values alternately. The allowed names were checked when the endpoint was written. */
function decryptHeaders({ endpointId, encryptedHeaders }: Endpoint, keys: KeyRing): string[] {
  if (encryptedHeaders === null) return [];
  const text = decryptWith(keys, {
    encrypted: encryptedHeaders,
    context: headersContext(endpointId),
  });
  return Object.entries(JSON.parse(text) as Record<string, string>).flat();
}

/**
 * Returns the user name and password of the URL as a header. An endpoint never has both these and a custom
 * `authorization`.
 */
function decryptUserinfo(
  { endpointId, url, encryptedUserinfo }: Endpoint,
  keys: KeyRing,
): string[] {
  if (encryptedUserinfo === null) return [];
  const text = decryptWith(keys, {
    encrypted: encryptedUserinfo,
    context: userinfoContext(endpointId),
  });
  const value = basicAuthorization(url, text);
  return value === null ? [] : ["authorization", value];
}
