/** Replaces an endpoint's signing secret. The old one also signs during the overlap. */
import {
  generateKeyPair,
  generateSecret,
  SECRET_OVERLAP,
} from "../../core/crypto/signing-secret.ts";
import { checkSigningSecret } from "./check-endpoint.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";
import { toStrategy } from "./create-endpoint.ts";
import { decryptSecret, encryptSecret } from "./encrypt-endpoint.ts";
import { getEndpoint, unknownEndpoint } from "./read-endpoints.ts";

/**
 * Rotates the secret. `key` null makes a new secret of the current one's kind; a given key may be of the
 * other kind. `overlapMs` null means the server's setting; 0 means that the old secret is compromised and
 * stops signing. Refuses with `limit_reached` when too many overlaps are still running. Returns the endpoint
 * with its new secret; a repeated request returns it with its current one.
 */
export async function rotateEndpointSecret(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly ref: string;
    readonly key: string | null;
    readonly overlapMs: number | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Endpoint> {
  const { appRef } = p;
  const endpoint = await getEndpoint(context, { ...p, dialect: "svix" });
  const before = decryptSecret(context, endpoint);
  const secret = p.key === null ? makeLike(context, before) : checkSigningSecret(p.key, ["key"]);
  const strategy = toStrategy(secret);
  const now = context.now();
  const overlapMs = p.overlapMs ?? context.settings.secretOverlapMs;
  const rotated = await context.store.endpoints.rotateSecret({
    appRef,
    ref: endpoint.endpointId,
    encrypted: encryptSecret(context, endpoint.endpointId, secret),
    authentication: [
      strategy,
      ...endpoint.authentication.filter((other) => !other.startsWith("standard-")),
    ],
    overlapUntil: now + Math.min(overlapMs, SECRET_OVERLAP.maxMs),
    now,
    idempotencyKey: p.idempotencyKey,
  });
  if (rotated === null) throw unknownEndpoint(p.ref);
  const { endpointId, version } = rotated.value;
  await context.store.endpoints.acknowledged({ endpointId, version });
  return rotated.value;
}

function makeLike(context: OperationContext, before: string | null): string {
  return before !== null && toStrategy(before) === "standard-v1a"
    ? generateKeyPair(context.randomBytes).secret
    : generateSecret(context.randomBytes);
}
