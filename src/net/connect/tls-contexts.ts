/**
 * TLS contexts, one for each minimum version and each endpoint's identity; making one per connection would
 * parse the certificates each time. Old versions and the old ciphers that they need stay in their context, so
 * an endpoint that asks for them weakens no other. Certificates are checked in all of them. SSL is never
 * used: Node's build of OpenSSL 3 does not include it.
 */
import { constants } from "node:crypto";
import { createSecureContext, DEFAULT_CIPHERS, rootCertificates } from "node:tls";
import type { SecureContext, SecureContextOptions } from "node:tls";
import type { TlsVersion } from "../../core/crypto/tls-version.ts";
import type { TlsIdentity } from "./tls-profile.ts";

export type TlsContexts = {
  /** Made when it is first asked for: up to 2 ms of the event loop with an identity. */
  ensure(minVersion: TlsVersion, identity: TlsIdentity | null): SecureContext;
  has(minVersion: TlsVersion, identity: TlsIdentity | null): boolean;
};

/**
 * Finite-field Diffie-Hellman is excluded: the receiver chooses the prime, and one of 8192 bits takes the
 * event loop 25 ms in each handshake. Receivers have had elliptic curves since TLS 1.0.
 */
const NO_DHE = "!kDHE";
const CIPHERS = `${DEFAULT_CIPHERS}:${NO_DHE}`;
/** OpenSSL 3 speaks nothing older than 1.2 at a security level above 0 (SHA-1 in the handshake). */
const OLD_CIPHERS = `DEFAULT:${NO_DHE}:@SECLEVEL=0`;

const CONTEXTS_LIMIT = 1000;

const OPTIONS = {
  "1.0": { minVersion: "TLSv1", ciphers: OLD_CIPHERS },
  "1.1": { minVersion: "TLSv1.1", ciphers: OLD_CIPHERS },
  "1.2": { minVersion: "TLSv1.2", ciphers: CIPHERS },
  "1.3": { minVersion: "TLSv1.3", ciphers: CIPHERS },
} as const satisfies Record<TlsVersion, SecureContextOptions>;

/** `extraCa`: PEM certificates trusted besides the public ones. */
export function createTlsContexts(extraCa?: readonly string[]): TlsContexts {
  const contexts = new Map<string, SecureContext>();

  function make(minVersion: TlsVersion, identity: TlsIdentity | null): SecureContext {
    return createSecureContext({
      ...OPTIONS[minVersion],
      // Up to TLS 1.2 a receiver may ask for renegotiation, and Node does not check the certificate of that
      // handshake. It is refused.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      ...(extraCa === undefined ? {} : { ca: [...rootCertificates, ...extraCa] }),
      ...identityOptions(identity),
    });
  }

  return {
    has: (minVersion, identity) => contexts.has(toKey(minVersion, identity)),
    ensure(minVersion, identity) {
      const key = toKey(minVersion, identity);
      const known = contexts.get(key);
      if (known !== undefined) return known;
      const context = make(minVersion, identity);
      const oldest = contexts.size >= CONTEXTS_LIMIT ? contexts.keys().next().value : undefined;
      if (oldest !== undefined) contexts.delete(oldest);
      contexts.set(key, context);
      return context;
    },
  };
}

function toKey(minVersion: TlsVersion, identity: TlsIdentity | null): string {
  return `${minVersion} ${identity?.name ?? ""}`;
}

function identityOptions(identity: TlsIdentity | null): SecureContextOptions {
  if (identity === null) return {};
  const { clientCert, clientKey, ca } = identity;
  return {
    ...(clientCert === null || clientKey === null ? {} : { cert: clientCert, key: clientKey }),
    ...(ca === null ? {} : { ca }),
  };
}
