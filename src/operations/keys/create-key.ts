/**
 * API keys. The secret is drawn here, shown in the response and kept only as its SHA-256 (I10). Its prefix
 * names its use, for people and secret scanners.
 */
import { AppError } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { hashSecret, unknownApp } from "./authenticate-caller.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Key } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

export const KEY_KINDS = ["app", "sendblue", "publish", "manage"] as const satisfies Key["kind"][];

const SCOPES = {
  app: ["webhooks"],
  sendblue: ["webhooks"],
  publish: ["publish"],
  manage: ["manage"],
} as const satisfies Record<Key["kind"], Key["scopes"]>;

const SECRET_BYTES = 32;
const KEY_ID_BYTES = 16;

export type NewKey = { readonly key: Key; readonly secret: string };

/**
 * Refuses with `not_found` an unknown app, and with `conflict` a repeat under the same Idempotency-Key. The
 * secret was shown once and is not stored, so the first response cannot be repeated.
 */
export async function createKey(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly kind: Key["kind"];
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<NewKey> {
  const app = await context.store.apps.get({ ref: p.appRef });
  if (app === null) throw unknownApp(p.appRef);
  const isPair = p.kind === "sendblue";
  const random = hex(context.randomBytes(SECRET_BYTES));
  const secret = isPair ? random : `sk_${app.test ? "test" : "live"}_${p.kind}_${random}`;
  const id = context.ids.next(ID_PREFIXES.key);
  const key = await context.store.keys.create({
    idempotencyKey: p.idempotencyKey,
    key: {
      id,
      appId: app.id,
      kind: p.kind,
      scopes: SCOPES[p.kind],
      secretHash: hashSecret(secret),
      keyId: isPair ? hex(context.randomBytes(KEY_ID_BYTES)) : null,
      createdAt: context.now(),
      revokedAt: null,
    },
  });
  if (key.id === id) return { key, secret };
  throw new AppError(
    "conflict",
    `This request created key ${key.id} before, and its secret was shown then. Revoke that key and create another.`,
  );
}

/** The key is invalid everywhere as soon as this has returned. */
export async function revokeKey(
  context: OperationContext,
  p: { readonly appRef: string; readonly keyId: string },
): Promise<void> {
  const revoked = await context.store.keys.revoke({ ...p, now: context.now() });
  if (!revoked)
    throw new AppError("not_found", `There is no live key "${p.keyId}" in this application.`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
