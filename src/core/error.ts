/**
 * Refusals. Every "no" that a caller can provoke is an `AppError` with a code from this one table;
 * each dialect answers every code in its own shape (`satisfies Record<ErrorCode, …>`), so a new
 * code does not compile until every dialect has an answer for it. Outcomes of deliveries are values
 * and never pass through here; bugs are ordinary exceptions.
 */
export const ERROR_CODES = {
  invalid_json: { status: 400, meaning: "the body is not JSON" },
  invalid_encoding: { status: 400, meaning: "the body is not UTF-8" },
  unsupported_media_type: { status: 415, meaning: "the content type is not one the call accepts" },
  body_too_large: { status: 413, meaning: "the body or one event is over its limit" },
  invalid_field: { status: 422, meaning: "a field is missing, of the wrong type or out of range" },
  unknown_field: { status: 422, meaning: "a field that the call does not know, or cannot honour" },
  invalid_url: { status: 422, meaning: "the endpoint's URL cannot be delivered to" },
  blocked_url: { status: 422, meaning: "the endpoint's URL is refused by the address policy" },
  unknown_event_type: {
    status: 422,
    meaning: "an event type that is not known, with the nearest one",
  },
  invalid_payload: { status: 422, meaning: "a canonical event's payload breaks its schema" },
  unknown_message: { status: 422, meaning: "a bare message id that nobody knows" },
  idempotency_mismatch: {
    status: 422,
    meaning: "an Idempotency-Key was used again with another body",
  },
  unauthenticated: { status: 401, meaning: "no credential, or one that is not valid here" },
  forbidden: { status: 403, meaning: "the credential lacks the scope of the call" },
  not_found: { status: 404, meaning: "no such thing, or not the caller's" },
  route_not_found: { status: 404, meaning: "no such call" },
  method_not_allowed: { status: 405, meaning: "the path exists, not with this method" },
  conflict: { status: 409, meaning: "a thing with this identity exists already" },
  limit_reached: {
    status: 400,
    meaning: "a bounded number is reached; the message says until when",
  },
  content_expunged: { status: 410, meaning: "the content was removed on request or by retention" },
  rate_limited: { status: 429, meaning: "a quota is used up; try after Retry-After" },
  overloaded: {
    status: 503,
    meaning: "a queue is full; nothing was accepted; try after Retry-After",
  },
  store_unavailable: { status: 503, meaning: "the store cannot be written; nothing was accepted" },
  internal: { status: 500, meaning: "a bug of ours, with a request id" },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * One refused field. `path` names it from the root of the request (`["payload", "message", "id"]`,
 * array items by index); `kind` is a stable word in the style of Svix's error bodies.
 */
export type FieldProblem = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly kind: string;
};

/** Of one request so many are noted while it is read: a body can have a million, and a caller mends a few at a time. */
export const MOST_PROBLEMS = 100;

/** A refusal. The message says what, with which value, and what is allowed; it is shown to the caller. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly FieldProblem[];
  /** Seconds after which the same request may succeed; set with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;
  /** The setting that would allow it: for the operator, and shown to no other caller. */
  readonly operatorHint: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      problems?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      operatorHint?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "AppError";
    this.code = code;
    this.problems = more.problems ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.operatorHint = more.operatorHint;
  }
}

/** The refusal of one field. `path` as in `FieldProblem`, e.g. `["payload", "message", "id"]`. */
export function refuseField(
  code: ErrorCode,
  path: readonly (string | number)[],
  message: string,
  kind = "value_error",
): AppError {
  return new AppError(code, message, { problems: [{ path, message, kind }] });
}
