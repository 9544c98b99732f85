/** What of an endpoint is sealed at rest (I10): its signing secrets and the values of its headers. */
import { seal, SEALING_IV_BYTES, unseal } from "../core/seal.ts";
import { boundHeaders, boundSecret } from "../core/sealed-fields.ts";
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
  return unseal({ key: context.sealKey.key, sealed: current.sealed, boundTo });
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
  const text = unseal({ key: context.sealKey.key, sealed: endpoint.sealedHeaders, boundTo });
  return JSON.parse(text) as Headers;
}

function sealed(context: OperationContext, plaintext: string, boundTo: string): Uint8Array {
  const iv = context.randomBytes(SEALING_IV_BYTES);
  return seal({ ...context.sealKey, plaintext, boundTo, iv });
}
