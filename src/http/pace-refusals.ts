/**
 * Holds the refusals of a caller that asks too often, so that asking again at once costs the caller time. The
 * connection carries nothing else meanwhile, and the number of connections limits how many are held.
 */
import type { FastifyInstance } from "fastify";
import { ERROR_CODES } from "../core/error.ts";
import { LIMITS } from "../core/limits.ts";
import { toCallerKey } from "./caller-key.ts";
import { createRefusalPace, type PaceLimits } from "./refusal-pace.ts";

/** A client that keeps to `Retry-After` is below this pace. */
export const PACE_LIMITS: PaceLimits = {
  burst: 50,
  perSecond: LIMITS.refusalsPerSecond.value,
  mostMs: 20_000,
  callers: 10_000,
};
const { status: RATE_LIMITED } = ERROR_CODES.rate_limited;

/** Mount this after `limitAnswers`, whose refusals it holds too. */
export function paceRefusals(app: FastifyInstance, limits: PaceLimits = PACE_LIMITS): void {
  const pace = createRefusalPace(limits);
  const held = new Set<() => void>();

  app.addHook("onSend", (request, reply, payload, done) => {
    if (reply.statusCode !== RATE_LIMITED) return done(null, payload);
    const delayMs = pace.next(toCallerKey(request), performance.now());
    if (delayMs === 0) return done(null, payload);
    // The refused body would be kept for as long.
    request.body = undefined;
    const forget = (): void => {
      clearTimeout(timer);
      held.delete(send);
    };
    const send = (): void => {
      forget();
      done(null, payload);
    };
    const timer = setTimeout(send, delayMs);
    held.add(send);
    reply.raw.once("close", forget);
  });

  // A stop waits for no pace.
  app.addHook("preClose", (done) => {
    for (const send of held) send();
    done();
  });
}
