/**
 * Sendblue's error bodies: `{status: "ERROR", message}`. Sendblue published no format; its SDK and
 * other clients read `message`. Every refusal of a request's content is 400.
 */
import type { FastifyReply } from "fastify";
import type { AppError, ErrorCode, FieldProblem } from "../../core/error.ts";
import type { ErrorAnswer } from "../dialect.ts";

const WORD = "ERROR";

export const ERRORS = {
  invalid_json: { status: 400, word: WORD },
  invalid_encoding: { status: 400, word: WORD },
  unsupported_media_type: { status: 415, word: WORD },
  body_too_large: { status: 413, word: WORD },
  invalid_field: { status: 400, word: WORD },
  unknown_field: { status: 400, word: WORD },
  invalid_url: { status: 400, word: WORD },
  blocked_url: { status: 400, word: WORD },
  unknown_event_type: { status: 400, word: WORD },
  invalid_payload: { status: 400, word: WORD },
  unknown_message: { status: 400, word: WORD },
  idempotency_mismatch: { status: 400, word: WORD },
  unauthenticated: { status: 401, word: WORD },
  forbidden: { status: 403, word: WORD },
  not_found: { status: 404, word: WORD },
  route_not_found: { status: 404, word: WORD },
  method_not_allowed: { status: 405, word: WORD },
  // After a 409 the SDK would repeat the same request twice.
  conflict: { status: 400, word: WORD },
  limit_reached: { status: 400, word: WORD },
  content_expunged: { status: 410, word: WORD },
  rate_limited: { status: 429, word: WORD },
  overloaded: { status: 503, word: WORD },
  store_unavailable: { status: 503, word: WORD },
  internal: { status: 500, word: WORD },
} as const satisfies Record<ErrorCode, ErrorAnswer>;

export function sendError(reply: FastifyReply, error: AppError, requestId: string): FastifyReply {
  const { status, word } = ERRORS[error.code];
  return reply.code(status).send({ status: word, message: toMessage(error, requestId) });
}

/** All problems, each with its field. */
function toMessage(error: AppError, requestId: string): string {
  if (error.code === "internal") return `${error.message} The request id is ${requestId}.`;
  const problems = error.problems.filter((problem) => !isExplained(problem, error.problems));
  if (problems.length === 0) return error.message;
  return problems.map(toText).join(" ");
}

/** A problem inside an entry explains the entry's problem, so only the inner one is shown. */
function isExplained({ path }: FieldProblem, problems: readonly FieldProblem[]): boolean {
  return problems.some(
    (other) =>
      other.path.length > path.length && path.every((step, index) => other.path[index] === step),
  );
}

function toText({ path, message }: FieldProblem): string {
  const field = fieldName(path);
  return message.startsWith(field) ? message : `${field}: ${message}`;
}

/** A path such as `webhooks[1].url`. */
function fieldName(path: FieldProblem["path"]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}
