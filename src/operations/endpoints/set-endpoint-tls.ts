/**
 * The TLS profile of an endpoint of any dialect: its client certificate, private authorities and minimum
 * version. It is checked when set and encrypted at rest; the key is never shown again (I10).
 */
import { refuseField } from "../../core/error.ts";
import type { TlsVersion } from "../../core/crypto/tls-version.ts";
import { checkTlsProfile, showCertificates } from "../../net/connect/tls-profile.ts";
import type { ShownCertificate, TlsProfile } from "../../net/connect/tls-profile.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";
import { decryptTls, encryptTls } from "./encrypt-endpoint.ts";
import { unknownEndpoint } from "./read-endpoints.ts";
import { applyChange } from "./update-endpoint.ts";

export type EndpointTls = TlsProfile & {
  /** Null means the server's setting. */
  readonly minVersion: TlsVersion | null;
};

export type ShownTls = {
  readonly minVersion: TlsVersion | null;
  /** Null when the endpoint has no minimum version. */
  readonly clientCert: readonly ShownCertificate[] | null;
  readonly ca: readonly ShownCertificate[] | null;
};

/** Replaces all four fields. Refuses an invalid field by name. */
export async function setEndpointTls(
  context: OperationContext,
  p: { readonly appRef: string; readonly endpoint: Endpoint; readonly tls: EndpointTls },
): Promise<ShownTls> {
  const { minVersion, ...profile } = p.tls;
  const found = checkTlsProfile(profile, context.now());
  if (found !== null) {
    const { field, problem } = found;
    throw refuseField("invalid_field", [field], `${field} ${problem}`);
  }
  const { endpointId: ref } = p.endpoint;
  const isNone = profile.clientCert === null && profile.ca === null;
  const encryptedTls = isNone ? null : encryptTls(context, ref, profile);
  const change = { encryptedTls, tlsMinVersion: minVersion };
  const changed = await applyChange(context, { appRef: p.appRef, ref, dialect: null, change });
  if (changed === null) throw unknownEndpoint(ref);
  return showEndpointTls(context, changed);
}

/** Resets the endpoint to the server's settings. */
export async function clearEndpointTls(
  context: OperationContext,
  p: { readonly appRef: string; readonly endpoint: Endpoint },
): Promise<void> {
  const nothing = { clientCert: null, clientKey: null, ca: null, minVersion: null };
  await setEndpointTls(context, { ...p, tls: nothing });
}

export function showEndpointTls(context: OperationContext, endpoint: Endpoint): ShownTls {
  const profile = decryptTls(context, endpoint);
  const shown = (pem: string | null | undefined) => (pem ? showCertificates(pem) : null);
  return {
    minVersion: endpoint.tlsMinVersion,
    clientCert: shown(profile?.clientCert),
    ca: shown(profile?.ca),
  };
}
