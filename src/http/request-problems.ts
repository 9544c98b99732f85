/** What Fastify and Node refuse by themselves, in our vocabulary; everything else is a bug of ours. */
import { AppError } from "../core/error.ts";

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new AppError("body_too_large", "The body is larger than this call takes.", {
      cause: error,
    });
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new AppError("unsupported_media_type", "The content-type is not one this call takes.", {
      cause: error,
    });
  }
  if (code === "FST_ERR_BAD_URL" || code === "FST_ERR_MAX_PARAM_LENGTH") {
    return new AppError("route_not_found", "The path cannot be read.", { cause: error });
  }
  // What is left of Fastify's own 4xx: a body shorter than its content-length, a broken chunk.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError("invalid_json", "The body could not be read whole.", { cause: error });
  }
  return new AppError("internal", "Something went wrong on our side.", { cause: error });
}
