/**
 * The credential of this page. The dashboard is signed in by a cookie, which counts only beside a header that
 * no other origin may send. The portal has a token in memory. Nothing here is ever written to storage.
 */
let token: string | null = null;

export function setToken(next: string | null): void {
  token = next;
}

export function hasToken(): boolean {
  return token !== null;
}

export function credentialHeaders(): Readonly<Record<string, string>> {
  return token === null ? { "x-hookline-ui": "1" } : { authorization: `Bearer ${token}` };
}
