/**
 * Authenticates the caller before the body is read. Megabytes from a stranger are never kept or parsed, and
 * the memory of each body is charged to its caller.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../operations/keys/authenticate-caller.ts";

type Authentication = {
  readonly asked: Promise<Caller>;
  caller: Caller | null;
  /** Whether the caller was known before the body. */
  isFirst: boolean;
};

const authentications = new WeakMap<FastifyRequest, Authentication>();

/** Calls `authenticate` at most once per request. */
export async function loadCallerOnce(
  request: FastifyRequest,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  const before = authentications.get(request);
  if (before !== undefined) return before.caller ?? (await before.asked);
  const begun: Authentication = { asked: authenticate(), caller: null, isFirst: false };
  authentications.set(request, begun);
  begun.caller = await begun.asked;
  return begun.caller;
}

/** Null before authentication, and after a failed one. */
export function findCaller(request: FastifyRequest): Caller | null {
  return authentications.get(request)?.caller ?? null;
}

const refused = new WeakMap<FastifyRequest, Caller>();

/** A caller whose credential is valid and does not have the right. */
export function noteRefusedCaller(request: FastifyRequest, caller: Caller): void {
  refused.set(request, caller);
}

export function findRefusedCaller(request: FastifyRequest): Caller | null {
  return refused.get(request) ?? null;
}

/** For a scope in which credentials are in the headers. Bodies of open calls have a small limit instead. */
export function authenticateFirst(
  scope: FastifyInstance,
  authenticate: (request: FastifyRequest) => Promise<Caller>,
): void {
  scope.addHook("onRequest", async (request) => {
    const { isOpen = false } = request.routeOptions.config;
    if (!hasBody(request) || isOpen) return;
    await authenticate(request);
    const authentication = authentications.get(request);
    if (authentication !== undefined) authentication.isFirst = true;
  });
}

/** Null before authentication, and where the credential is not in the headers. */
export function knownCaller(request: FastifyRequest): Caller | null {
  const authentication = authentications.get(request);
  return authentication?.isFirst === true ? authentication.caller : null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
