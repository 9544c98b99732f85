/** Checks a URL before an endpoint is made of it: whether it would be refused, and whether it can be connected to. */
import { AppError } from "../../core/error.ts";
import type { FailReason } from "../../core/delivery/outcome.ts";
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import type { OperationContext } from "../context.ts";
import { checkEndpointUrl } from "./check-endpoint.ts";

export type CheckedUrl = {
  /** False when an endpoint with this URL would be refused. */
  readonly isAllowed: boolean;
  readonly isReachable: boolean;
  /** Null when it is reachable. */
  readonly reason: FailReason | "invalid_url" | null;
  /** A sentence for the application; null when it is reachable. */
  readonly problem: string | null;
};

const NOT_ALLOWED = "This address is not allowed.";

/** Refuses with `rate_limited`. The application learns of no reason of the address policy. */
export async function checkUrlOf(
  context: OperationContext,
  p: { readonly appId: string; readonly url: string },
): Promise<CheckedUrl> {
  const { endpointChecks: limit } = LIMITS;
  if (!context.urlChecks.take(p.appId)) throw refuseLimit(limit, limit.value);
  let url: string;
  try {
    url = checkEndpointUrl(context, "svix", { url: p.url, path: ["url"] }).url;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isBlocked = error.code === "blocked_url";
    const reason = isBlocked ? "blocked" : "invalid_url";
    return {
      isAllowed: false,
      isReachable: false,
      reason,
      problem: isBlocked ? NOT_ALLOWED : error.message,
    };
  }
  const checked = await context.checkConnection(url);
  if (checked.ok) return { isAllowed: true, isReachable: true, reason: null, problem: null };
  const { reason, detail } = checked;
  const isBlocked = reason === "blocked";
  return {
    isAllowed: !isBlocked,
    isReachable: false,
    reason,
    problem: isBlocked ? NOT_ALLOWED : detail,
  };
}
