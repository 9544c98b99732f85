/** Errors across threads: a structured clone loses the class, so refusals are sent as members and rebuilt. */
import { AppError } from "../../core/error.ts";
import type { ErrorCode, FieldProblem } from "../../core/error.ts";

export type ErrorWire = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems: readonly FieldProblem[];
  readonly retryAfterSeconds: number | null;
  readonly limit: string | null;
  /** Stack of a bug, for the log. */
  readonly stack: string | null;
};

export function writeError(error: unknown): ErrorWire {
  if (error instanceof AppError) {
    return {
      code: error.code,
      message: error.message,
      problems: error.problems,
      retryAfterSeconds: error.retryAfterSeconds ?? null,
      limit: error.limit ?? null,
      stack: error.cause instanceof Error ? (error.cause.stack ?? null) : null,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "internal",
    message: "The store failed.",
    problems: [],
    retryAfterSeconds: null,
    limit: null,
    stack,
  };
}

export function readError(wire: ErrorWire): AppError {
  const { code, message, problems, retryAfterSeconds, limit, stack } = wire;
  const cause = stack === null ? undefined : new Error(stack.split("\n")[0]);
  if (cause !== undefined && stack !== null) cause.stack = stack;
  return new AppError(code, message, {
    problems,
    ...(retryAfterSeconds === null ? undefined : { retryAfterSeconds }),
    ...(limit === null ? undefined : { limit }),
    cause,
  });
}
