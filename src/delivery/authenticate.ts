/**
 * How a receiver can tell that a delivery is ours: the strategies of its endpoint, opened once and
 * kept with the endpoint's lane. Encrypts are opened and key objects made here; the signature itself is
 * made when the attempt is sent, so its timestamp is the attempt's and a rotated secret holds for
 * retries too. Nothing of this is ever logged or stored (I10).
 */
import { decryptWith } from "../core/key-ring.ts";
import type { KeyRing } from "../core/key-ring.ts";
import {
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../core/encryption-context.ts";
import { signContent } from "../core/signature.ts";
import { signatureHeaderNames } from "../core/signature-headers.ts";
import type { SignatureHeaders } from "../core/signature-headers.ts";
import { importSigningKey, liveSecrets } from "../core/signing-secret.ts";
import type { SigningKey } from "../core/signing-secret.ts";
import type { Instant } from "../core/snapshot.ts";
import { basicAuthorization } from "../core/url-userinfo.ts";
import { nameTlsProfile } from "../net/tls-profile.ts";
import type { TlsIdentity, TlsProfile } from "../net/tls-profile.ts";
import type { Endpoint } from "../store/endpoints.ts";

export type Authentication = {
  /** The endpoint has a user agent of its own among its headers. */
  readonly namesUserAgent: boolean;
  /** Adds names and values by turns to `headers`. */
  addTo(headers: string[], request: { id: string; body: string; now: Instant }): void;
};

type OpenedSecret = {
  readonly secret: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

/** The secret itself as a header, as Sendblue's receivers expect it. */
const LITERAL_SECRET_HEADER = "sb-signing-secret";

/** Throws when an encrypt does not open, or a secret is none. */
export function openAuthentication(
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
  const keysAt = isSigned ? openKeys(secrets) : () => [];
  const families = signatureHeaderNames(isSigned ? signatureHeaders : "unsigned");
  const literal = authentication.includes("literal-secret") ? secrets[0]?.secret : undefined;
  const fixed = [...openHeaders(endpoint, keys), ...openUserinfo(endpoint, keys)];
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

/** What the endpoint's receiver knows us by in TLS itself; null when that is nothing. Throws as above. */
export function openTls(endpoint: Endpoint, keys: KeyRing): TlsIdentity | null {
  const { appId, endpointId, encryptedTls } = endpoint;
  if (encryptedTls === null) return null;
  const text = decryptWith(keys, { encrypted: encryptedTls, context: tlsContext(endpointId) });
  return nameTlsProfile(JSON.parse(text) as TlsProfile, appId);
}

/**
 * The keys that sign at an instant, each by its own version: a rotation may change the kind of secret,
 * and both kinds sign during the overlap. Made once; the choice is repeated when an overlap has ended.
 */
function openKeys(secrets: readonly OpenedSecret[]): (now: Instant) => readonly SigningKey[] {
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

/** Names and values by turns. Which names are allowed was settled when the endpoint was written. */
function openHeaders({ endpointId, encryptedHeaders }: Endpoint, keys: KeyRing): string[] {
  if (encryptedHeaders === null) return [];
  const text = decryptWith(keys, {
    encrypted: encryptedHeaders,
    context: headersContext(endpointId),
  });
  return Object.entries(JSON.parse(text) as Record<string, string>).flat();
}

/** As above: the user name and password of the URL. Never both this and a custom `authorization`. */
function openUserinfo({ endpointId, url, encryptedUserinfo }: Endpoint, keys: KeyRing): string[] {
  if (encryptedUserinfo === null) return [];
  const text = decryptWith(keys, {
    encrypted: encryptedUserinfo,
    context: userinfoContext(endpointId),
  });
  const value = basicAuthorization(url, text);
  return value === null ? [] : ["authorization", value];
}
