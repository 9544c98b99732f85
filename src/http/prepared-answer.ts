/** Responses that are the same for every client: made once as bytes, with a tag for the client's cache. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

export type PreparedAnswer = {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Prepares a response. `headers` has the content type. Clients revalidate each time unless it says otherwise.
 */
export function prepareAnswer(
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): PreparedAnswer {
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 27);
  return {
    bytes,
    etag: `"${hash}"`,
    headers: { "cache-control": "no-cache", ...headers },
  };
}

/** Sends 304 without a body when the client already has these bytes (RFC 9110 13.1.2). */
export function sendPrepared(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag, headers }: PreparedAnswer,
): FastifyReply {
  reply.headers({ ...headers, etag });
  if (hasTag(request.headers["if-none-match"], etag)) {
    return reply.code(304).removeHeader("content-encoding").send();
  }
  return reply.send(bytes);
}

/** Compressing proxies make a tag weak, and clients return it in that form. */
function hasTag(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  const tags = asked.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
