/**
 * Checks bodies that are parsed in one go. A small one is parsed at once. A larger one is first scanned, in
 * turns with other work, and must have few enough values that parsing it is quick as well. Routes that read
 * their bodies in turns declare that in their config.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { knownCaller } from "../dialects/authenticate-first.ts";
import { beginTurn, PIECE_BYTES, scanWhole } from "../dialects/scan-in-turns.ts";
import { toSourceKey } from "./source-key.ts";

/** Ten times the values of the largest call: 1,000 webhooks with four lines each. */
const VALUE_LIMIT = 50_000;

export function scanLargeBodies(app: FastifyInstance): void {
  app.addHook("preHandler", (request, _reply, done) => {
    const { body } = request;
    if (!Buffer.isBuffer(body) || body.length <= PIECE_BYTES || readsInTurns(request)) {
      return done();
    }
    return checkValues(request, body);
  });
}

async function checkValues(request: FastifyRequest, body: Buffer): Promise<void> {
  const turn = await beginTurn(knownCaller(request)?.id ?? toSourceKey(request), body);
  const { values } = await scanWhole(body, turn);
  if (values <= VALUE_LIMIT) return;
  const message = `The body has ${values} values; this call accepts at most ${VALUE_LIMIT}.`;
  throw new AppError("body_too_large", message);
}

function readsInTurns({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { readonly readsInTurns?: true }).readsInTurns === true;
}
