/** The key under which limits count a request without a known caller. */
import type { FastifyRequest } from "fastify";

/**
 * Returns the source address of the request. A request that does not show it counts as a separate source:
 * total limits apply to it, and limits per source do not.
 */
export function toSourceKey({ source, id }: FastifyRequest): string {
  return source ?? id;
}
