/**
 * The `Idempotency-Key` of a request. It applies to this caller, method and path, and the application is the
 * same under its id and its uid. Its hash covers the whole
 * request, so the same key with another body or query is recognised.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { refuseField } from "../core/error.ts";
import type { Caller } from "../operations/keys/authenticate-caller.ts";
import type { IdempotencyKey, OperationContext } from "../operations/context.ts";
import type { Turn } from "../operations/turns.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";

const KEPT_MS = 24 * 3_600_000;
export const KEY_FORM = /^[\x21-\x7e]{0,256}$/;

/** Null when the request has none. */
export function readIdempotencyKey(
  request: FastifyRequest,
  caller: Caller,
  context: OperationContext,
): IdempotencyKey | null {
  const begun = beginIdempotencyKey(request, caller, context);
  if (begun === null) return null;
  const { hash, idempotencyKey } = begun;
  if (Buffer.isBuffer(request.body)) hash.update(request.body);
  return idempotencyKey();
}

/** Variant for calls with large bodies, which are hashed in turns with other work. */
export function readIdempotencyKeyInTurns(
  request: FastifyRequest,
  p: { readonly caller: Caller; readonly context: OperationContext; readonly turn: Turn },
): Promise<IdempotencyKey> | null {
  const begun = beginIdempotencyKey(request, p.caller, p.context);
  return begun === null ? null : hashInTurns(request, begun, p.turn);
}

async function hashInTurns(
  { body }: FastifyRequest,
  { hash, idempotencyKey }: BegunKey,
  turn: Turn,
): Promise<IdempotencyKey> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (turn.isOver()) await turn.next();
    hash.update(bytes.subarray(at, at + PIECE_BYTES));
  }
  return idempotencyKey();
}

type BegunKey = { readonly hash: Hash; idempotencyKey(): IdempotencyKey };

function beginIdempotencyKey(
  request: FastifyRequest,
  caller: Caller,
  context: OperationContext,
): BegunKey | null {
  const key = request.headers["idempotency-key"];
  // Svix's JavaScript SDK 0.51 sends an empty one with each request.
  if (key === undefined || key === "") return null;
  if (typeof key !== "string" || !KEY_FORM.test(key)) {
    throw refuseField(
      "invalid_field",
      ["header", "idempotency-key"],
      "the Idempotency-Key must be 1 to 256 printable ASCII characters without spaces",
    );
  }
  const [path = "", query = ""] = request.url.split("?", 2);
  const hash = createHash("sha256").update(query).update("\0");
  return {
    hash,
    idempotencyKey: () => ({
      scope: `${caller.id} ${request.method} ${withoutApp(path.replace(/\/+$/, ""), request)}`,
      key,
      bodyHash: hash.digest("base64url"),
      expiresAt: context.now() + KEPT_MS,
    }),
  };
}

/** The store puts the application's id in front, so that its uid in the path makes no other request. */
function withoutApp(path: string, { routeOptions }: FastifyRequest): string {
  const at = (routeOptions.url ?? "").split("/").indexOf(":app");
  return at < 0 ? path : path.split("/").with(at, ":app").join("/");
}
