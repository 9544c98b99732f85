/**
 * Refusals. Every refusal that a caller can cause is an `AppError` with a code from this one table. Each
 * dialect maps every code to its format (`satisfies Record<ErrorCode, …>`), so a new code does not compile
 * until every dialect has an answer for it. Outcomes of deliveries are values and never pass through here;
 * bugs are ordinary exceptions.
 */
export const ERROR_CODES = {
  invalid_json: { status: 400, meaning: "the body is not JSON" },
  invalid_encoding: { status: 400, meaning: "the body is not UTF-8" },
  unsupported_media_type: { status: 415, meaning: "the call does not accept the content type" },
  body_too_large: { status: 413, meaning: "the body or one event is over its limit" },
  invalid_field: { status: 422, meaning: "a field is missing, of the wrong type or out of range" },
  unknown_field: { status: 422, meaning: "a field that the call does not know or cannot apply" },
  invalid_url: { status: 422, meaning: "the endpoint's URL cannot receive deliveries" },
  blocked_url: { status: 422, meaning: "the endpoint's URL is refused by the address policy" },
  unknown_event_type: {
    status: 422,
    meaning: "an event type that is not known; the message suggests the nearest one",
  },
  invalid_payload: { status: 422, meaning: "a canonical event's payload breaks its schema" },
  unknown_message: { status: 422, meaning: "a message id that is not known to the application" },
  idempotency_mismatch: {
    status: 422,
    meaning: "an Idempotency-Key was reused with a different body",
  },
  unauthenticated: { status: 401, meaning: "no credential, or one that is not valid here" },
  forbidden: { status: 403, meaning: "the credential lacks the scope of the call" },
  not_found: { status: 404, meaning: "the resource does not exist or belongs to another caller" },
  route_not_found: { status: 404, meaning: "no such call" },
  method_not_allowed: { status: 405, meaning: "the path does not support this method" },
  conflict: { status: 409, meaning: "a resource with this identity already exists" },
  limit_reached: {
    status: 400,
    meaning: "a limit is reached; the message says until when",
  },
  content_expunged: { status: 410, meaning: "the content was removed on request or by retention" },
  rate_limited: { status: 429, meaning: "a quota is used up; retry after the time in Retry-After" },
  overloaded: {
    status: 503,
    meaning: "a queue is full; nothing was accepted; retry after the time in Retry-After",
  },
  store_unavailable: { status: 503, meaning: "the store cannot be written; nothing was accepted" },
  internal: { status: 500, meaning: "a bug in the server; the answer contains a request id" },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * One refused field. `path` names it from the root of the request (`["payload", "message", "id"]`, array
 * items by index); `kind` is a stable word in the style of Svix's error bodies.
 */
export type FieldProblem = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly kind: string;
};

/**
 * Maximum number of problems noted while a request is read: a body can have a million, and a caller fixes a
 * few at a time.
 */
export const MOST_PROBLEMS = 100;

/** A refusal. The message names the field, its value and the allowed values; it is shown to the caller. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly FieldProblem[];
  /** Seconds after which the same request may succeed; set with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;
  /** The setting that would allow the request: for the operator only, and shown to no other caller. */
  readonly operatorHint: string | undefined;
  /** Name of the limit in `core/limits.ts` that refused; undefined for other refusals. */
  readonly limit: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      problems?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      operatorHint?: string | undefined;
      limit?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "AppError";
    this.code = code;
    this.problems = more.problems ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.operatorHint = more.operatorHint;
    this.limit = more.limit;
  }
}

/**
 * Creates the refusal of one field. `path` as in `FieldProblem`, for example `["payload", "message", "id"]`.
 */
export function refuseField(
  code: ErrorCode,
  path: readonly (string | number)[],
  message: string,
  kind = "value_error",
): AppError {
  return new AppError(code, message, { problems: [{ path, message, kind }] });
}
