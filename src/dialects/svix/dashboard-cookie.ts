/**
 * The cookie of a dashboard session. A browser sends it with every request to this host, so it counts only
 * beside a header that no page of another origin can set: a preflight would have to allow it, and none does.
 */
import type { IncomingHttpHeaders } from "node:http";

/** With the prefix, a browser accepts the cookie from this host over HTTPS only. */
export const SECURE_COOKIE = "__Host-hookline";
export const PLAIN_COOKIE = "hookline";
const UI_HEADER = "x-hookline-ui";

type Request = { readonly headers: IncomingHttpHeaders; readonly protocol: string };

/** Whether a page of this server sent the request. */
export function isFromOwnPage({ headers }: Pick<Request, "headers">): boolean {
  const site = headers["sec-fetch-site"];
  return headers[UI_HEADER] === "1" && (site === undefined || site === "same-origin");
}

/** The session of a request from a page of this server. Null for every other request. */
export function findDashboardSession(request: Request): string | null {
  if (!isFromOwnPage(request)) return null;
  const { cookie = "" } = request.headers;
  // A plain cookie can be set by another port of this host, so over HTTPS it does not count.
  const names = request.protocol === "https" ? [SECURE_COOKIE] : [SECURE_COOKIE, PLAIN_COOKIE];
  const pairs = cookie.split(";").map((pair) => pair.trim());
  for (const name of names) {
    const found = pairs.find((pair) => pair.startsWith(`${name}=`));
    if (found !== undefined) return found.slice(name.length + 1);
  }
  return null;
}
