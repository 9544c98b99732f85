/**
 * Room for bodies that are not small, from before they are read until their answers are out (I5). Each
 * caller has a share, so that one who sends many at once is refused and the others are not.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { OPERATOR_CALLER_ID } from "../operations/authenticate-caller.ts";
import { knownCaller } from "../dialects/authenticate-first.ts";
import { PIECE_BYTES } from "../dialects/scan-in-turns.ts";
import { toSourceKey } from "./source-key.ts";

/** How many of the largest bodies a caller may have under way, and all callers together. */
const CALLER_BODIES = 3;
const ALL_BODIES = 12;
const RETRY_AFTER_SECONDS = 1;

export type BodyRoom = {
  /** Gives the way to give it back. Refuses with `rate_limited` or `overloaded`. */
  take(owner: string, bytes: number): () => void;
};

/** `largestBytes` is the largest body that any call takes. */
export function createBodyRoom(largestBytes: number): BodyRoom {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(owner, bytes) {
      const own = taken.get(owner) ?? 0;
      // The operator publishes for every application.
      if (owner !== OPERATOR_CALLER_ID && own + bytes > CALLER_BODIES * largestBytes) {
        const message = `This caller has ${own} bytes of bodies under way; wait for their answers.`;
        throw new AppError("rate_limited", message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (all + bytes > ALL_BODIES * largestBytes) {
        const message = "The server has too many large bodies under way; nothing was accepted.";
        throw new AppError("overloaded", message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      taken.set(owner, own + bytes);
      all += bytes;
      return () => {
        const left = (taken.get(owner) ?? 0) - bytes;
        if (left > 0) taken.set(owner, left);
        else taken.delete(owner);
        all -= bytes;
      };
    },
  };
}

export function limitBodies(app: FastifyInstance, largestBytes: number): void {
  const room = createBodyRoom(largestBytes);
  app.addHook("preParsing", (request, reply, _payload, done) => {
    const bytes = declaredBodyBytes(request);
    if (bytes <= PIECE_BYTES) return done();
    try {
      reply.raw.once("close", room.take(knownCaller(request)?.id ?? toSourceKey(request), bytes));
      return done();
    } catch (error) {
      return done(error as Error);
    }
  });
}

/** As it is announced; without a length, as large as it may become. */
function declaredBodyBytes({ headers, routeOptions }: FastifyRequest): number {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  return headers["transfer-encoding"] === undefined ? 0 : (routeOptions.bodyLimit ?? 0);
}
