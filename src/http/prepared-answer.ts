/** Answers that are the same for everybody: made once as bytes, with a tag by which a client keeps them. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

export type PreparedAnswer = {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** `headers` has the content type. A client asks again each time unless it says otherwise. */
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

/** 304 without a body when the client has these bytes already (RFC 9110 13.1.2). */
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

/** Proxies that compress make a tag weak, and clients send it back so. */
function hasTag(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  const tags = asked.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
