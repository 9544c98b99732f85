/** Headers whose values are credentials, by their names in any case. */
const SENSITIVE: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authenticate",
  "proxy-authorization",
  "sb-signing-secret",
  "set-cookie",
  "www-authenticate",
  "x-auth-token",
]);

/** Returns whether the value stays hidden from every reader. A signature lets its reader send the request again. */
export function isSensitiveHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return SENSITIVE.has(lower) || lower.endsWith("-signature");
}
