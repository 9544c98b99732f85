/** Replacing an endpoint's signing secret; the old one signs beside it for the overlap. */
import { generateKeyPair, generateSecret, SECRET_OVERLAP } from "../core/signing-secret.ts";
import { checkSigningSecret } from "./check-endpoint.ts";
import type { Once, OperationContext } from "./context.ts";
import { strategyOf } from "./create-endpoint.ts";
import { openSecret, sealSecret } from "./seal-endpoint.ts";
import { getEndpoint, unknownEndpoint } from "./update-endpoint.ts";
import { refuseField } from "../core/error.ts";

/** More would make the signature header longer than some receivers take. */
const LIVE_SECRETS = 3;

/**
 * `key` null makes a new one of the same kind. `overlapMs` null is the server's setting; 0 means the
 * old secret is compromised and signs nothing any more.
 */
export async function rotateEndpointSecret(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly ref: string;
    readonly key: string | null;
    readonly overlapMs: number | null;
    readonly once: Once | null;
  },
): Promise<void> {
  const { appRef } = p;
  const endpoint = await getEndpoint(context, { ...p, dialect: "svix" });
  const before = openSecret(context, endpoint);
  const kind = before === null ? "standard-v1" : strategyOf(before);
  const fresh =
    kind === "standard-v1a"
      ? generateKeyPair(context.randomBytes).secret
      : generateSecret(context.randomBytes);
  const secret = p.key === null ? fresh : checkSigningSecret(p.key, ["key"]);
  if (strategyOf(secret) !== kind) {
    throw refuseField(
      "invalid_field",
      ["key"],
      "the new secret must be of the same kind as the old one",
    );
  }
  const now = context.now();
  const overlapMs = p.overlapMs ?? context.settings.secretOverlapMs;
  const rotated = await context.store.endpoints.rotateSecret({
    appRef,
    ref: endpoint.endpointId,
    sealed: sealSecret(context, endpoint.endpointId, secret),
    overlapUntil: now + Math.min(overlapMs, SECRET_OVERLAP.maxMs),
    keep: LIVE_SECRETS,
    now,
    once: p.once,
  });
  if (rotated === null) throw unknownEndpoint(p.ref);
  const { endpointId, version } = rotated.value;
  await context.store.endpoints.acknowledged({ endpointId, version });
}
