/**
 * A call of an API is one value: its documentation and its handler. Its route is mounted from the same value,
 * so every documented call exists.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from "fastify";
import type { OperatorRole } from "../core/operator-role.ts";
import type { Capability } from "../core/portal/capabilities.ts";
import type { OperationContext } from "../operations/context.ts";
import type { ApiCall } from "./api-document.ts";

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export type Call = ApiCall & {
  /** For calls of the native API: the capability that a portal token needs; null accepts none. */
  readonly portal?: Capability | null;
  /** For calls of the native API: the role that an operator key needs. */
  readonly operator?: OperatorRole;
  /** The server's limit when absent. */
  readonly bodyLimit?: number;
  /** Further options of the route. */
  readonly toOptions?: (context: OperationContext) => RouteShorthandOptions;
  /** Called once for each listener, so a handler may keep counts for its listener. */
  createHandler(context: OperationContext): Handler;
};

/** Adds the route of every call. */
export function mountCalls(
  scope: FastifyInstance,
  context: OperationContext,
  calls: readonly Call[],
): void {
  for (const call of calls) {
    const { path: url, bodyLimit } = call;
    const handler = call.createHandler(context);
    scope.route({
      ...call.toOptions?.(context),
      method: [...call.methods],
      url,
      handler,
      ...(bodyLimit === undefined ? undefined : { bodyLimit }),
    });
  }
}
