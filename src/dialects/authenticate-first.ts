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

/** A field costs less than a table with weak keys, which each collection of garbage has to walk. */
const AUTHENTICATION = Symbol("authentication");
type Asking = FastifyRequest & { [AUTHENTICATION]?: Authentication };

/** Calls `authenticate` at most once per request. */
export function loadCallerOnce(
  request: Asking,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  const before = request[AUTHENTICATION];
  if (before !== undefined) return before.asked;
  const asked = authenticate().then((caller) => {
    begun.caller = caller;
    return caller;
  });
  const begun: Authentication = { asked, caller: null, isFirst: false };
  request[AUTHENTICATION] = begun;
  return asked;
}

/** Null before authentication, and after a failed one. */
export function findCaller(request: Asking): Caller | null {
  return request[AUTHENTICATION]?.caller ?? null;
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
  scope.addHook("onRequest", (request: Asking, _reply, done) => {
    const { isOpen = false } = request.routeOptions.config;
    if (!hasBody(request) || isOpen) return done();
    return authenticate(request).then(() => {
      const authentication = request[AUTHENTICATION];
      if (authentication !== undefined) authentication.isFirst = true;
    });
  });
}

/** Null before authentication, and where the credential is not in the headers. */
export function knownCaller(request: Asking): Caller | null {
  const authentication = request[AUTHENTICATION];
  return authentication?.isFirst === true ? authentication.caller : null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
