/**
 * Zipwhip's refusals: `success` is false and `response` gives the reason. It is always a string:
 * Zipwhip's Java client reads a string there, and treats a body without `response` as a success.
 */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import type { AppError, ErrorCode } from "../../core/error.ts";
import type { DialectSettings, ErrorAnswer } from "../dialect.ts";
import { LOGIN_PATH } from "./calls/user.ts";

const BUSY: readonly number[] = [429, 503];
const RETRY_AFTER_SECONDS = 5;

const ERRORS = {
  invalid_json: { status: 400, word: "invalid_json" },
  invalid_encoding: { status: 400, word: "invalid_encoding" },
  unsupported_media_type: { status: 415, word: "unsupported_media_type" },
  body_too_large: { status: 413, word: "body_too_large" },
  invalid_field: { status: 400, word: "invalid_parameter" },
  unknown_field: { status: 400, word: "unknown_parameter" },
  invalid_url: { status: 400, word: "invalid_url" },
  blocked_url: { status: 400, word: "blocked_url" },
  unknown_event_type: { status: 400, word: "unknown_event" },
  invalid_payload: { status: 400, word: "invalid_payload" },
  unknown_message: { status: 404, word: "unknown_message" },
  idempotency_mismatch: { status: 400, word: "idempotency_mismatch" },
  unauthenticated: { status: 401, word: "invalid_session" },
  forbidden: { status: 403, word: "forbidden" },
  not_found: { status: 404, word: "not_found" },
  route_not_found: { status: 404, word: "unknown_call" },
  method_not_allowed: { status: 405, word: "method_not_allowed" },
  conflict: { status: 409, word: "conflict" },
  limit_reached: { status: 400, word: "limit_reached" },
  content_expunged: { status: 410, word: "content_expunged" },
  rate_limited: { status: 429, word: "rate_limited" },
  overloaded: { status: 503, word: "overloaded" },
  store_unavailable: { status: 503, word: "store_unavailable" },
  internal: { status: 500, word: "internal" },
} as const satisfies Record<ErrorCode, ErrorAnswer>;

export const REFUSAL = Type.Object({
  success: Type.Literal(false),
  response: Type.String({ description: "the reason of the refusal" }),
});

type Answers = Readonly<Record<ErrorCode, ErrorAnswer>>;

/**
 * The statuses by the operator's choice: 200 for refusals, as at Zipwhip, or the matching status for each. An
 * unknown session is 401 in both cases, because clients take the text of a 200 for their session.
 */
export function errorAnswers({ zipwhipErrorStatus }: DialectSettings): Answers {
  if (zipwhipErrorStatus === "http") return ERRORS;
  const entries = Object.entries(ERRORS).map(([code, { word, status }]) => [
    code,
    { status: code === "unauthenticated" ? status : 200, word },
  ]);
  return Object.fromEntries(entries) as Answers;
}

type SendError = (reply: FastifyReply, error: AppError, requestId: string) => FastifyReply;

export function createSendError(answers: Answers): SendError {
  return (reply, error, requestId) => {
    // An answer with status 200 has no `Retry-After`.
    const isBusy = BUSY.includes(ERRORS[error.code].status);
    if (isBusy && !reply.hasHeader("retry-after")) reply.header("retry-after", RETRY_AFTER_SECONDS);
    const { status } = answers[error.code];
    const isLogin = reply.request.routeOptions.url === LOGIN_PATH;
    reply.code(isLogin && status < 400 ? loginStatus(error.code) : status);
    return reply.send({ success: false, response: sentence(error, requestId) });
  };
}

/** A refused login never has status 200: clients would keep the sentence as their session. */
function loginStatus(code: ErrorCode): number {
  const { status } = ERRORS[code];
  return status < 500 ? ERRORS.unauthenticated.status : status;
}

function sentence(error: AppError, requestId: string): string {
  if (error.code === "internal") return `${error.message} The request id is ${requestId}.`;
  if (error.problems.length < 2) return error.message;
  return error.problems.map(({ message }) => message).join(" ");
}
