/** The key under which limits count a request that names no known caller. */
import type { FastifyRequest } from "fastify";

/**
 * The source address of the request. A request that does not show it counts as a separate source:
 * limits per source do not apply to it, and limits in all do.
 */
export function toSourceKey({ source, id }: FastifyRequest): string {
  return source ?? id;
}
