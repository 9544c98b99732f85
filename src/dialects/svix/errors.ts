/**
 * Svix's error bodies: `{code, detail}`, and for 422 a list of problems with their fields. The words are
 * Svix's where Svix has the case.
 */
import type { FastifyReply } from "fastify";
import type { AppError, ErrorCode, FieldProblem } from "../../core/error.ts";
import type { ErrorAnswer } from "../dialect.ts";
import { isOperatorRequest } from "./caller.ts";

export const ERRORS = {
  // Svix refuses a body that it cannot parse like an invalid field.
  invalid_json: { status: 422, word: "value_error.jsondecode" },
  invalid_encoding: { status: 422, word: "value_error.encoding" },
  unsupported_media_type: { status: 415, word: "unsupported_media_type" },
  body_too_large: { status: 413, word: "payload_too_large" },
  invalid_field: { status: 422, word: "value_error" },
  unknown_field: { status: 422, word: "value_error.extra" },
  invalid_url: { status: 422, word: "value_error.url" },
  blocked_url: { status: 422, word: "value_error.url" },
  unknown_event_type: { status: 422, word: "value_error.event_type" },
  invalid_payload: { status: 422, word: "value_error.payload" },
  unknown_message: { status: 422, word: "value_error.unknown_message" },
  idempotency_mismatch: { status: 422, word: "value_error.idempotency_key" },
  unauthenticated: { status: 401, word: "authentication_failed" },
  forbidden: { status: 403, word: "insufficient_access" },
  not_found: { status: 404, word: "not_found" },
  route_not_found: { status: 404, word: "not_found" },
  method_not_allowed: { status: 405, word: "method_not_allowed" },
  conflict: { status: 409, word: "conflict" },
  limit_reached: { status: 400, word: "limit_reached" },
  content_expunged: { status: 410, word: "content_expunged" },
  rate_limited: { status: 429, word: "rate_limited" },
  overloaded: { status: 503, word: "overloaded" },
  store_unavailable: { status: 503, word: "store_unavailable" },
  internal: { status: 500, word: "server_error" },
} as const satisfies Record<ErrorCode, ErrorAnswer>;

/** Locations that a problem's path may begin with. Every other path is in the body. */
const LOCATIONS: ReadonlySet<string | number | undefined> = new Set([
  "body",
  "query",
  "path",
  "header",
]);

export function sendError(reply: FastifyReply, error: AppError, requestId: string): FastifyReply {
  const { status, word } = ERRORS[error.code];
  reply.code(status);
  if (status === 422) {
    const hint = isOperatorRequest(reply.request) ? error.operatorHint : undefined;
    return reply.send({ detail: details(error, word, hint) });
  }
  const detail =
    error.code === "internal" ? `${error.message} The request id is ${requestId}.` : error.message;
  return reply.send({ code: word, detail });
}

/** `hint` is only for the operator: an app learns nothing about the server's settings. */
function details(error: AppError, word: string, hint: string | undefined): object[] {
  const shown = (message: string): string =>
    hint === undefined ? message : `${message} (${hint}; for a trial, \`npx hookline dev\`)`;
  if (error.problems.length === 0) {
    const isKey = error.code === "idempotency_mismatch";
    const loc = isKey ? ["header", "idempotency-key"] : ["body"];
    return [{ loc, msg: shown(error.message), type: word }];
  }
  return error.problems.map((problem) => ({
    loc: toLocation(problem),
    msg: shown(problem.message),
    type: problem.kind === "value_error" ? word : problem.kind,
  }));
}

function toLocation({ path }: FieldProblem): string[] {
  const full = LOCATIONS.has(path[0]) ? path : ["body", ...path];
  return full.map(String);
}
