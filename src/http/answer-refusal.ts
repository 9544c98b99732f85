/** Answers a refusal or a bug in the envelope of the dialect whose path was called. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { ERROR_CODES } from "../core/error.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { noteRefusal } from "../dialects/note-refusal.ts";
import type { OperationContext } from "../operations/context.ts";
import { findDialect } from "./dialect-paths.ts";
import { dropRest } from "./drop-rest.ts";
import { toAppError } from "./request-problems.ts";

/** Value of `Retry-After` when the refusal has none. */
const RETRY_AFTER_SECONDS = 5;

export type AnswerRefusal = (
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
) => FastifyReply;

export function createAnswerRefusal(
  dialects: readonly Dialect[],
  context: Pick<OperationContext, "telemetry" | "refusals" | "now">,
): AnswerRefusal {
  const { telemetry } = context;
  return (request, reply, thrown) => {
    const error = toAppError(thrown, request.routeOptions.config.bodyTooLarge);
    noteRefusal(context, request, error);
    if (error.code === "internal") {
      // The route's pattern is logged, not the path: a path may contain a publisher's ids.
      const route = request.routeOptions?.url ?? null;
      const err = error.cause ?? error;
      telemetry?.logger.error({ requestId: request.id, route, err }, "request failed");
    }
    if (error.limit !== undefined) telemetry?.metrics.limits.refusals.inc({ limit: error.limit });
    if (error.code === "body_too_large" && !request.raw.complete) {
      reply.removeHeader("connection");
      dropRest(request.raw);
    }
    const dialect = findDialect(dialects, request.url);
    if (dialect === undefined) {
      return reply.code(ERROR_CODES[error.code].status).send({ detail: error.message });
    }
    const { status } = dialect.errors[error.code];
    if (error.retryAfterSeconds !== undefined || status === 503 || status === 429) {
      reply.header("retry-after", error.retryAfterSeconds ?? RETRY_AFTER_SECONDS);
    }
    return dialect.sendError(reply, error, request.id);
  };
}
