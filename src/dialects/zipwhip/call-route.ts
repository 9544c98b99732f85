/** How every call is routed: by both methods, and in lower case, as `rewritePath` makes all paths. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { METHODS } from "./answer.ts";

/**
 * Bodies are read before anybody is known, since the session may stand in them. A hundred ids, each as a
 * part of a multipart body, or a URL with every character escaped, are within this.
 */
const BODY_LIMIT_BYTES = 16 * 1024;

/** `path` is spelt as the documents print it. */
export function mountCall(
  scope: FastifyInstance,
  path: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  bodyLimit = BODY_LIMIT_BYTES,
): void {
  const url = path.toLowerCase();
  scope.route({ method: [...METHODS], url, bodyLimit, handler });
}
