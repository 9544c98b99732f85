/**
 * Memory for bodies that are not small, from before they are read until their responses are sent (I5). Each
 * caller has a share, so a caller that sends many at once is refused and the others are not.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { OPERATOR_CALLER_ID } from "../operations/keys/authenticate-caller.ts";
import { knownCaller } from "../dialects/authenticate-first.ts";
import { PIECE_BYTES } from "../dialects/scan-in-turns.ts";
import { toSourceKey } from "./source-key.ts";

/** How many of the largest bodies a caller, and all callers together, may have in progress. */
const CALLER_BODIES = 3;
const ALL_BODIES = 12;
const RETRY_AFTER_SECONDS = 1;

export type BodyRoom = {
  /**
   * Reserves the bytes and returns the function that releases them. Refuses with `rate_limited` or
   * `overloaded`.
   */
  take(owner: string, bytes: number): () => void;
};

/** `largestBytes` is the size of the largest body that any call accepts. */
export function createBodyRoom(largestBytes: number): BodyRoom {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(owner, bytes) {
      const own = taken.get(owner) ?? 0;
      // The operator is exempt because it publishes for every application.
      if (owner !== OPERATOR_CALLER_ID && own + bytes > CALLER_BODIES * largestBytes) {
        const message = `This caller has ${own} bytes of request bodies in progress; wait for their responses, then retry.`;
        throw new AppError("rate_limited", message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (all + bytes > ALL_BODIES * largestBytes) {
        const message =
          "The server is processing too many large request bodies. Nothing was accepted; retry later.";
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

/** Returns the announced length; without one, the largest that the body may have. */
function declaredBodyBytes(request: FastifyRequest): number {
  const { headers } = request;
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  return headers["transfer-encoding"] === undefined ? 0 : (request.routeOptions.bodyLimit ?? 0);
}
