/**
 * What of an endpoint is sealed at rest (I10): its signing secrets, the values of its headers, the password
 * of its URL, and what it speaks TLS with; and what a dialect keeps for an app besides its endpoints, such as a secret that several share.
 */
import { sealWith, unsealWith } from "../core/key-ring.ts";
import { SEALING_IV_BYTES } from "../core/seal.ts";
import {
  boundDialectState,
  boundHeaders,
  boundSecret,
  boundTls,
  boundUserinfo,
} from "../core/sealed-fields.ts";
import type { Dialect } from "../core/snapshot.ts";
import { credentialsText, passwordFor } from "../core/url-userinfo.ts";
import type { TlsProfile } from "../net/tls-profile.ts";
import type { Endpoint, OperationContext } from "./context.ts";

type Headers = Readonly<Record<string, string>>;

export function sealSecret(
  context: OperationContext,
  endpointId: string,
  secret: string,
): Uint8Array {
  return sealed(context, secret, boundSecret(endpointId));
}

/** The current secret in clear; null for an endpoint that has none. */
export function openSecret(context: OperationContext, endpoint: Endpoint): string | null {
  const [current] = endpoint.secrets;
  if (current === undefined) return null;
  const boundTo = boundSecret(endpoint.endpointId);
  return unsealWith(context.keys, { sealed: current.sealed, boundTo });
}

/** Null for none at all, so that an endpoint without headers opens nothing when it is sent to. */
export function sealHeaders(
  context: OperationContext,
  endpointId: string,
  headers: Headers,
): Pick<Endpoint, "sealedHeaders" | "headerNames"> {
  const headerNames = Object.keys(headers);
  if (headerNames.length === 0) return { sealedHeaders: null, headerNames };
  const text = JSON.stringify(headers);
  return { sealedHeaders: sealed(context, text, boundHeaders(endpointId)), headerNames };
}

export function openHeaders(context: OperationContext, endpoint: Endpoint): Headers {
  if (endpoint.sealedHeaders === null) return {};
  const boundTo = boundHeaders(endpoint.endpointId);
  const text = unsealWith(context.keys, { sealed: endpoint.sealedHeaders, boundTo });
  return JSON.parse(text) as Headers;
}

export function sealTls(
  context: OperationContext,
  endpointId: string,
  profile: TlsProfile,
): Uint8Array {
  return sealed(context, JSON.stringify(profile), boundTls(endpointId));
}

/** Null for an endpoint that has none of its own. */
export function openTls(context: OperationContext, endpoint: Endpoint): TlsProfile | null {
  if (endpoint.sealedTls === null) return null;
  const boundTo = boundTls(endpoint.endpointId);
  const text = unsealWith(context.keys, { sealed: endpoint.sealedTls, boundTo });
  return JSON.parse(text) as TlsProfile;
}

/** For a URL, as it is stored, that has a user name. */
export function sealPassword(
  context: OperationContext,
  endpointId: string,
  { url, password }: { readonly url: string; readonly password: string },
): Uint8Array {
  return sealed(context, credentialsText(url, password), boundUserinfo(endpointId));
}

/** The password that the endpoint has for this URL; null unless user name and origin are the same. */
export function openPassword(
  context: OperationContext,
  endpoint: Endpoint,
  url: string,
): string | null {
  if (endpoint.sealedUserinfo === null) return null;
  const boundTo = boundUserinfo(endpoint.endpointId);
  return passwordFor(url, unsealWith(context.keys, { sealed: endpoint.sealedUserinfo, boundTo }));
}

type DialectState = { readonly appId: string; readonly dialect: Dialect };

export function sealDialectState(
  context: OperationContext,
  { appId, dialect, text }: DialectState & { readonly text: string },
): Uint8Array {
  return sealed(context, text, boundDialectState(appId, dialect));
}

/** Null for a dialect that keeps nothing. */
export function openDialectState(
  context: OperationContext,
  p: DialectState & { readonly sealed: Uint8Array | null },
): string | null {
  if (p.sealed === null) return null;
  const boundTo = boundDialectState(p.appId, p.dialect);
  return unsealWith(context.keys, { sealed: p.sealed, boundTo });
}

function sealed(context: OperationContext, plaintext: string, boundTo: string): Uint8Array {
  const iv = context.randomBytes(SEALING_IV_BYTES);
  return sealWith(context.keys, { plaintext, boundTo, iv });
}
