/** The stored parts of an endpoint's URL: the address with the user name, and the encrypted password. */
import { refuseField } from "../../core/error.ts";
import { hasUser } from "../../core/crypto/url-userinfo.ts";
import type { CheckedUrl } from "./check-endpoint.ts";
import type { Endpoint, EndpointChange } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";
import { decryptPassword, encryptPassword } from "./encrypt-endpoint.ts";

/**
 * Keeps the stored password when a URL comes back as it was shown, without its password. The password is that
 * of the endpoint, or of one in `known`, but only for the same user name and origin. `encryptedUserinfo` is
 * absent when it stays as it is in `before`.
 */
export function placeUrl(
  context: OperationContext,
  p: {
    readonly endpointId: string;
    readonly given: CheckedUrl;
    /** The current endpoint; null for a new one. */
    readonly before: Endpoint | null;
    readonly known?: readonly Endpoint[];
  },
): Pick<EndpointChange, "encryptedUserinfo"> & Pick<Endpoint, "url"> {
  const { endpointId, given, before, known = [] } = p;
  const { url } = given;
  if (!hasUser(url)) return { url, encryptedUserinfo: null };
  const own = before === null ? null : decryptPassword(context, before, url);
  const password = given.password ?? own ?? passwordAmong(context, known, url) ?? "";
  if (password === own) return { url };
  return { url, encryptedUserinfo: encryptPassword(context, endpointId, { url, password }) };
}

/** Refuses the field at `path` when both would set the header `Authorization`. */
export function refuseTwoAuthorizations(
  url: string,
  headerNames: readonly string[],
  path: readonly (string | number)[],
): void {
  if (!hasUser(url) || !setsAuthorization(headerNames)) return;
  const message =
    'the URL has a user name and the headers set "authorization"; a delivery can send only one of them, so remove one';
  throw refuseField("invalid_field", path, message);
}

export function setsAuthorization(headerNames: readonly string[]): boolean {
  return headerNames.some((name) => name.toLowerCase() === "authorization");
}

function passwordAmong(
  context: OperationContext,
  known: readonly Endpoint[],
  url: string,
): string | null {
  for (const endpoint of known) {
    const password = decryptPassword(context, endpoint, url);
    if (password !== null) return password;
  }
  return null;
}
