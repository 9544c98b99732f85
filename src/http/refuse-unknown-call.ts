/** Refuses a request that matches no call, and answers the preflight request of a browser. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import type { AnswerRefusal } from "./answer-refusal.ts";
import { answerPreflight } from "./cross-origin.ts";
import { toPath } from "./dialect-paths.ts";
import { createPathMethods } from "./path-methods.ts";

export type RefuseUnknownCall = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Must be called before the routes are added: their methods are those that a path allows. */
export function createRefuseUnknownCall(
  app: FastifyInstance,
  answer: AnswerRefusal,
): RefuseUnknownCall {
  const methods = createPathMethods();
  app.addHook("onRoute", ({ url, method }) => methods.add(url, [method].flat()));

  return (request, reply) => {
    const path = toPath(request.url);
    const allowed = methods.of(path);
    if (allowed.length === 0) {
      return answer(
        request,
        reply,
        new AppError("route_not_found", "There is no call at this path."),
      );
    }
    reply.header("allow", allowed.join(", "));
    if (request.method === "OPTIONS") {
      answerPreflight(request, reply, allowed);
      return reply.code(204).send();
    }
    const named = allowed.filter((method) => method !== "HEAD" && method !== "OPTIONS");
    const message = `${request.method} is not allowed for this path; allowed methods: ${named.join(", ")}.`;
    return answer(request, reply, new AppError("method_not_allowed", message));
  };
}
