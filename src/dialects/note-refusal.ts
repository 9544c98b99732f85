/** Notes the refusal of a request: a publish, or a call without the right. */
import type { FastifyRequest } from "fastify";
import type { AppError } from "../core/error.ts";
import { maskSource, toActorKind } from "../operations/audit/acting.ts";
import type { OperationContext } from "../operations/context.ts";
import { findCaller, findRefusedCaller } from "./authenticate-first.ts";

const MOST_CHARACTERS = 200;

/** A request whose caller is unknown is not noted: everyone can send it. */
export function noteRefusal(
  { refusals, now }: Pick<OperationContext, "refusals" | "now">,
  request: FastifyRequest,
  error: AppError,
): void {
  const { callId, publishes = false } = request.routeOptions?.config ?? {};
  if (callId === undefined || (!publishes && error.code !== "forbidden")) return;
  const caller = findCaller(request) ?? findRefusedCaller(request);
  if (caller === null) return;
  const { app = null } = request.params as { readonly app?: string };
  const { id: requestId, source } = request;
  const common = { at: now(), requestId, verb: callId, actorId: caller.id, app };
  if (error.code === "forbidden") {
    refusals.rights.add({
      ...common,
      actorKind: toActorKind(caller),
      actorName: caller.name,
      source: source === null ? null : maskSource(source),
    });
  } else {
    const path = error.problems[0]?.path.join(".").slice(0, MOST_CHARACTERS);
    refusals.publishes.add({ ...common, code: error.code, field: path ?? null });
  }
}
