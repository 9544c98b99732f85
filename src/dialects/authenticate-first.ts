/**
 * Authenticates the caller before the body is read. Megabytes from a stranger are never kept or parsed, and
 * the memory of each body is charged to its caller.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../operations/keys/authenticate-caller.ts";

const callers = new WeakMap<FastifyRequest, Promise<Caller>>();
const known = new WeakMap<FastifyRequest, Caller>();

/** Calls `authenticate` at most once per request. */
export function loadCallerOnce(
  request: FastifyRequest,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  const before = callers.get(request);
  if (before !== undefined) return before;
  const asked = authenticate();
  callers.set(request, asked);
  return asked;
}

/** For a scope in which credentials are in the headers. Bodies of open calls have a small limit instead. */
export function authenticateFirst(
  scope: FastifyInstance,
  authenticate: (request: FastifyRequest) => Promise<Caller>,
): void {
  scope.addHook("onRequest", async (request) => {
    const { isOpen = false } = request.routeOptions.config;
    if (hasBody(request) && !isOpen) known.set(request, await authenticate(request));
  });
}

/** Null before authentication, and where the credential is not in the headers. */
export function knownCaller(request: FastifyRequest): Caller | null {
  return known.get(request) ?? null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
