/**
 * Calls from pages of other origins (CORS). The native API authenticates by bearer token only, so any origin
 * may call it. Credentials that a browser adds are never allowed, and neither is the header that makes a
 * session's cookie count.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

/** Origins in the form that a browser sends, or `*` for all. */
export type AllowedOrigins = "*" | readonly string[];

/** The headers that Svix's SDKs send from a page; Firefox also asks for the user agent. */
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "svix-req-id",
  "svix-retry-count",
  "accept",
  "user-agent",
].join(", ");
const EXPOSED_HEADERS = "retry-after, x-request-id, allow";
/** Browsers cache a preflight response for no longer than this. */
const MAX_AGE_SECONDS = 7_200;

/** Marks any response as readable by the page that made the request. */
export function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: AllowedOrigins,
): void {
  const { origin } = request.headers;
  const shown = allowed === "*" ? "*" : allowed.find((one) => one === origin);
  if (allowed !== "*") reply.header("vary", "origin");
  if (origin === undefined || shown === undefined) return;
  reply
    .header("access-control-allow-origin", shown)
    .header("access-control-expose-headers", EXPOSED_HEADERS);
}

/** Completes the preflight response for an origin that `allowOrigin` accepted. */
export function answerPreflight(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: readonly string[],
): void {
  const isPreflight = request.headers["access-control-request-method"] !== undefined;
  if (!isPreflight || !reply.hasHeader("access-control-allow-origin")) return;
  reply
    .header("access-control-allow-methods", methods.filter((one) => one !== "OPTIONS").join(", "))
    .header("access-control-allow-headers", REQUEST_HEADERS)
    .header("access-control-max-age", MAX_AGE_SECONDS);
}
