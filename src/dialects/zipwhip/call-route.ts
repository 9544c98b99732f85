/** How every call is routed: by both methods, and in lower case, as `rewritePath` makes all paths. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { METHODS } from "./answer.ts";

/** No call takes more than a hundred ids or a URL; this is ten times that. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** `path` is spelt as the documents print it. */
export function mountCall(
  scope: FastifyInstance,
  path: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const url = path.toLowerCase();
  scope.route({ method: [...METHODS], url, bodyLimit: BODY_LIMIT_BYTES, handler });
}
