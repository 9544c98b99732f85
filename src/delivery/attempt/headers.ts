/**
 * The head of one request. It always has the `User-Agent`, the content type, the attempt's time, and the
 * dedupe id. The dedupe id is the same on every attempt and every replay (I2). A replay requested by hand
 * carries `hookline-replay: 1`, which receivers may count or ignore.
 */
import type { Rendered } from "../../core/events/rendered.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Authentication } from "./authenticate.ts";

export const REPLAY_HEADER = "hookline-replay";
/** The endpoint's value, else the dialect's, else Hookline's. */
const USER_AGENT = "user-agent";

/**
 * Returns names and values alternately, the form in which they are sent, so no intermediate object is made.
 */
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
