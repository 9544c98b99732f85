/**
 * The head of one request. What is always there: who we are, the content type, the dedupe id that is
 * the same on every attempt and every replay (I2), and the attempt's own time. A replay asked for by
 * hand says so in `hookline-replay: 1`, for receivers that want to count; nobody has to look at it.
 */
import type { Rendered } from "../core/rendered.ts";
import type { Instant } from "../core/snapshot.ts";
import type { Authentication } from "./authenticate.ts";

export const REPLAY_HEADER = "hookline-replay";
/** The endpoint's own, else the dialect's, else ours. */
const USER_AGENT = "user-agent";

/** Names and values by turns, which is how they are sent: no object is made only to be taken apart. */
export function requestHeaders(p: {
  rendered: Rendered;
  authentication: Authentication;
  isReplay: boolean;
  userAgent: string;
  now: Instant;
}): string[] {
  const { rendered, authentication, now } = p;
  const headers: string[] = [];
  if (!authentication.namesUserAgent) {
    headers.push(USER_AGENT, rendered.headers[USER_AGENT] ?? p.userAgent);
  }
  if (rendered.body !== null) headers.push("content-type", rendered.contentType);
  for (const name in rendered.headers) {
    if (name !== USER_AGENT) headers.push(name, rendered.headers[name] as string);
  }
  authentication.addTo(headers, { id: rendered.dedupeId, body: rendered.body ?? "", now });
  if (p.isReplay) headers.push(REPLAY_HEADER, "1");
  return headers;
}
