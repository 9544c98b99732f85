/**
 * The token of the portal. It comes from the key in the fragment of a link, which is exchanged once and
 * then removed from the address. It stays in memory. `sessionStorage` helps a reload where it is allowed;
 * browsers refuse it to frames of other sites, and nothing depends on it. No cookie is ever used.
 */
import { isTemporary } from "../api/api-error.ts";
import { callApi } from "../api/call.ts";
import { refuseCookie, setToken } from "../api/credential.ts";
import { toPlace } from "./place.ts";

const KEPT = "hookline.portal";
const LOGIN = "/portal/login";

/** The key of a link that could not be exchanged yet, and why. */
let unsettled: { readonly key: string; readonly error: unknown } | null = null;

/** Why the link could not be exchanged: the server did not answer, or failed. Null once it is settled. */
export function linkFailure(): unknown {
  return unsettled?.error ?? null;
}

/** Exchanges the key again, which is in no address any more. */
export async function retryLink(): Promise<void> {
  if (unsettled !== null) await exchange(unsettled.key);
}

/** Resolves when the page may be shown, with a session or without. */
export async function openPortalSession(): Promise<void> {
  refuseCookie();
  const { hash, pathname, search } = location;
  const key = new URLSearchParams(hash.slice(1)).get("key");
  if (key === null) {
    setToken(readKept());
    if (pathname === LOGIN) history.replaceState(null, "", toPlace(search));
    return;
  }
  // The key leaves the address before anything else can see it.
  history.replaceState(null, "", toPlace(search));
  await exchange(key);
}

async function exchange(key: string): Promise<void> {
  try {
    const body = { oneTimeToken: key };
    const { token } = await callApi("POST /api/v1/auth/one-time", { body });
    unsettled = null;
    setToken(token);
    keep(token);
  } catch (error) {
    unsettled = isTemporary(error) ? { key, error } : null;
    // A link that was used before may belong to a page that is only loaded again.
    setToken(readKept());
  }
}

export function forgetPortalSession(): void {
  setToken(null);
  keep(null);
}

function readKept(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, token);
  } catch {
    // Refused to a frame of another site.
  }
}
