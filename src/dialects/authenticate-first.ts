/**
 * Who calls is settled before a body is read. A stranger's megabytes are then never kept or parsed, and
 * what a body may take is counted for its caller.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../operations/authenticate-caller.ts";

const callers = new WeakMap<FastifyRequest, Promise<Caller>>();
const known = new WeakMap<FastifyRequest, Caller>();

/** Calls `authenticate` at most once per request. */
export function callerIdempotencyKey(
  request: FastifyRequest,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  const before = callers.get(request);
  if (before !== undefined) return before;
  const asked = authenticate();
  callers.set(request, asked);
  return asked;
}

/** For a scope in which every call with a body needs a caller whose credential is in the headers. */
export function authenticateFirst(
  scope: FastifyInstance,
  authenticate: (request: FastifyRequest) => Promise<Caller>,
): void {
  scope.addHook("onRequest", async (request) => {
    if (hasBody(request)) known.set(request, await authenticate(request));
  });
}

/** Null before the caller is known, and where the credential is not in the headers. */
export function knownCaller(request: FastifyRequest): Caller | null {
  return known.get(request) ?? null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
