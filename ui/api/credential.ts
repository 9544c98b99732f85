/**
 * The credential of this page. The dashboard is signed in by a cookie, which counts only beside a header that
 * no other origin may send. The portal has a token in memory. Nothing here is ever written to storage.
 */
let token: string | null = null;
let isCookieUsed = true;

export function setToken(next: string | null): void {
  token = next;
}

/** For the portal: a person who is signed in to the dashboard has no session here. */
export function refuseCookie(): void {
  isCookieUsed = false;
}

export function hasToken(): boolean {
  return token !== null;
}

export function credentialHeaders(): Readonly<Record<string, string>> {
  if (token !== null) return { authorization: `Bearer ${token}` };
  return isCookieUsed ? { "x-hookline-ui": "1" } : {};
}
