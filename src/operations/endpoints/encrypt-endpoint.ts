/**
 * The parts of an endpoint that are encrypted at rest (I10): its signing secrets, header values, URL password
 * and TLS profile. A dialect's data for an app is encrypted too, such as a secret that several endpoints
 * share.
 */
import { encryptWith, decryptWith } from "../../core/crypto/key-ring.ts";
import { ENCRYPTION_IV_BYTES } from "../../core/crypto/encrypt.ts";
import {
  dialectStateContext,
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../core/crypto/encryption-context.ts";
import type { Dialect } from "../../core/snapshot.ts";
import { credentialsText, passwordFor } from "../../core/crypto/url-userinfo.ts";
import type { TlsProfile } from "../../net/connect/tls-profile.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";

type Headers = Readonly<Record<string, string>>;

export function encryptSecret(
  context: OperationContext,
  endpointId: string,
  secret: string,
): Uint8Array {
  return encrypted(context, secret, secretContext(endpointId));
}

/** Returns the current secret in clear; null for an endpoint without one. */
export function decryptSecret(context: OperationContext, endpoint: Endpoint): string | null {
  const [current] = endpoint.secrets;
  if (current === undefined) return null;
  const boundTo = secretContext(endpoint.endpointId);
  return decryptWith(context.keys, { encrypted: current.encrypted, context: boundTo });
}

/** Returns null for an empty set, so that sending to an endpoint without headers decrypts nothing. */
export function encryptHeaders(
  context: OperationContext,
  endpointId: string,
  headers: Headers,
): Pick<Endpoint, "encryptedHeaders" | "headerNames"> {
  const headerNames = Object.keys(headers);
  if (headerNames.length === 0) return { encryptedHeaders: null, headerNames };
  const text = JSON.stringify(headers);
  return { encryptedHeaders: encrypted(context, text, headersContext(endpointId)), headerNames };
}

export function decryptHeaders(context: OperationContext, endpoint: Endpoint): Headers {
  if (endpoint.encryptedHeaders === null) return {};
  const boundTo = headersContext(endpoint.endpointId);
  const text = decryptWith(context.keys, {
    encrypted: endpoint.encryptedHeaders,
    context: boundTo,
  });
  return JSON.parse(text) as Headers;
}

export function encryptTls(
  context: OperationContext,
  endpointId: string,
  profile: TlsProfile,
): Uint8Array {
  return encrypted(context, JSON.stringify(profile), tlsContext(endpointId));
}

/** Returns null for an endpoint without a TLS profile. */
export function decryptTls(context: OperationContext, endpoint: Endpoint): TlsProfile | null {
  if (endpoint.encryptedTls === null) return null;
  const boundTo = tlsContext(endpoint.endpointId);
  const text = decryptWith(context.keys, { encrypted: endpoint.encryptedTls, context: boundTo });
  return JSON.parse(text) as TlsProfile;
}

/** Encrypts the password of a stored URL that has a user name. */
export function encryptPassword(
  context: OperationContext,
  endpointId: string,
  { url, password }: { readonly url: string; readonly password: string },
): Uint8Array {
  return encrypted(context, credentialsText(url, password), userinfoContext(endpointId));
}

/** Returns the endpoint's password for this URL; null unless user name and origin are the same. */
export function decryptPassword(
  context: OperationContext,
  endpoint: Endpoint,
  url: string,
): string | null {
  if (endpoint.encryptedUserinfo === null) return null;
  const boundTo = userinfoContext(endpoint.endpointId);
  return passwordFor(
    url,
    decryptWith(context.keys, { encrypted: endpoint.encryptedUserinfo, context: boundTo }),
  );
}

type DialectState = { readonly appId: string; readonly dialect: Dialect };

export function encryptDialectState(
  context: OperationContext,
  { appId, dialect, text }: DialectState & { readonly text: string },
): Uint8Array {
  return encrypted(context, text, dialectStateContext(appId, dialect));
}

/** Returns null for a dialect that keeps no data. */
export function decryptDialectState(
  context: OperationContext,
  p: DialectState & { readonly encrypted: Uint8Array | null },
): string | null {
  if (p.encrypted === null) return null;
  const boundTo = dialectStateContext(p.appId, p.dialect);
  return decryptWith(context.keys, { encrypted: p.encrypted, context: boundTo });
}

function encrypted(context: OperationContext, plaintext: string, boundTo: string): Uint8Array {
  const iv = context.randomBytes(ENCRYPTION_IV_BYTES);
  return encryptWith(context.keys, { plaintext, context: boundTo, iv });
}
