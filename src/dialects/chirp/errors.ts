/**
 * Chirp's error bodies, `{"error": {type, message}}`, with `param` for an invalid field. Chirp has a `code`
 * for only one of our refusals.
 */
import type { FastifyReply } from "fastify";
import type { AppError, ErrorCode, FieldProblem } from "../../core/error.ts";
import type { ErrorAnswer } from "../dialect.ts";

/** `word` is the `type`. Chirp documents 400, 404, 409, 401, 403 and 5xx; the other statuses are HTTP's. */
export const ERRORS = {
  invalid_json: { status: 400, word: "invalid_request_error" },
  invalid_encoding: { status: 400, word: "invalid_request_error" },
  unsupported_media_type: { status: 415, word: "invalid_request_error" },
  body_too_large: { status: 413, word: "invalid_request_error" },
  invalid_field: { status: 400, word: "invalid_request_error" },
  unknown_field: { status: 400, word: "invalid_request_error" },
  invalid_url: { status: 400, word: "invalid_request_error" },
  blocked_url: { status: 400, word: "invalid_request_error" },
  unknown_event_type: { status: 400, word: "invalid_request_error" },
  invalid_payload: { status: 400, word: "invalid_request_error" },
  unknown_message: { status: 404, word: "invalid_request_error" },
  idempotency_mismatch: { status: 409, word: "invalid_request_error" },
  unauthenticated: { status: 401, word: "authentication_error" },
  forbidden: { status: 403, word: "authentication_error" },
  not_found: { status: 404, word: "invalid_request_error" },
  route_not_found: { status: 404, word: "invalid_request_error" },
  method_not_allowed: { status: 405, word: "invalid_request_error" },
  conflict: { status: 409, word: "invalid_request_error" },
  limit_reached: { status: 400, word: "invalid_request_error" },
  content_expunged: { status: 404, word: "invalid_request_error" },
  rate_limited: { status: 429, word: "invalid_request_error" },
  overloaded: { status: 503, word: "api_error" },
  store_unavailable: { status: 503, word: "api_error" },
  internal: { status: 500, word: "api_error" },
} as const satisfies Record<ErrorCode, ErrorAnswer>;

/** A Chirp key may make every call except those of the playground of a live app. */
const CODES: Partial<Record<ErrorCode, string>> = { forbidden: "test_app_required" };

export function sendError(reply: FastifyReply, error: AppError, requestId: string): FastifyReply {
  const { status, word } = ERRORS[error.code];
  const code = CODES[error.code];
  const param = toParam(error.problems[0]);
  const message =
    error.code === "internal" ? `${error.message} The request id is ${requestId}.` : error.message;
  return reply.code(status).send({
    error: {
      type: word,
      message,
      ...(code === undefined ? undefined : { code }),
      ...(param === "" ? undefined : { param }),
    },
  });
}

/** A path such as `url`, `events[2]` or `headers.Host`. Empty when the whole body is invalid. */
function toParam(problem: FieldProblem | undefined): string {
  const steps = problem?.path ?? [];
  return steps
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}
