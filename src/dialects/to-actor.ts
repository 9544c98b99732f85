/** A context that records the changes of one request with its caller. */
import type { FastifyRequest } from "fastify";
import { toActing } from "../operations/audit/acting.ts";
import type { OperationContext } from "../operations/context.ts";
import type { Caller } from "../operations/keys/authenticate-caller.ts";
import { findCaller } from "./authenticate-first.ts";

/** `verb` is the id of the call. Without a caller, who is null for an open call, nothing is recorded. */
export function toActor(
  context: OperationContext,
  request: FastifyRequest,
  verb: string,
  caller: Caller | null = findCaller(request),
): OperationContext {
  if (caller === null) return context;
  const { id: requestId, source } = request;
  return toActing(context, { caller, verb, requestId, source });
}
