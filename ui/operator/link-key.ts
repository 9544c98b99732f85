/** The key of a one-time link, in the fragment of the address. */

export function isLoginAddress(): boolean {
  return window.location.pathname.endsWith("/dashboard/login");
}

/** Takes the key out of the address before anything else. Null without one. */
export function takeLinkKey(): string | null {
  const { pathname, hash } = window.location;
  const key = /^#key=(\w+)$/.exec(hash)?.[1];
  if (key === undefined || !isLoginAddress()) return null;
  window.history.replaceState(null, "", pathname);
  return key;
}

/** Reloads at the first page, since everything that was read belongs to the session before. */
export function openStart(): void {
  window.location.replace("/dashboard");
}
