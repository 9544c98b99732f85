/** Routes every call for both methods and in lower case, as `rewritePath` makes all paths. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { METHODS } from "./answer.ts";

/**
 * Bodies are read before authentication, because the session may be in them. The limit allows a hundred ids
 * as parts of a multipart body, or a URL with every character escaped.
 */
const BODY_LIMIT_BYTES = 16 * 1024;

/** `path` has the spelling of the documents. */
export function mountCall(
  scope: FastifyInstance,
  path: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  bodyLimit = BODY_LIMIT_BYTES,
): void {
  const url = path.toLowerCase();
  scope.route({ method: [...METHODS], url, bodyLimit, handler });
}
