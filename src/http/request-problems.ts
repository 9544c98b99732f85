/** Converts refusals of Fastify and Node to application errors; every other error is a bug. */
import { AppError } from "../core/error.ts";

/** `bodyTooLarge` makes the refusal of a body beyond the limit of its route. */
export function toAppError(
  error: unknown,
  bodyTooLarge: () => AppError = () =>
    new AppError("body_too_large", "The body is larger than this call accepts."),
): AppError {
  if (error instanceof AppError) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return bodyTooLarge();
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new AppError("unsupported_media_type", "This call does not accept this content-type.", {
      cause: error,
    });
  }
  if (code === "FST_ERR_BAD_URL" || code === "FST_ERR_MAX_PARAM_LENGTH") {
    return new AppError("route_not_found", "The path is malformed, or an id in it is too long.", {
      cause: error,
    });
  }
  // The other 4xx of Fastify: a body shorter than its content-length, a malformed chunk.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError(
      "invalid_json",
      "The body is incomplete or malformed; send as many bytes as the content-length says.",
      { cause: error },
    );
  }
  return new AppError(
    "internal",
    "The server failed to process this request; report its x-request-id to the operator.",
    { cause: error },
  );
}
