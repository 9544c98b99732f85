/**
 * Keys of the people who operate the server. The secret is drawn here, shown in the response and kept only as
 * its SHA-256 (I10).
 */
import { AppError } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { OperatorRole } from "../../core/operator-role.ts";
import type { OperatorKey } from "../../store/interface/operator-keys.ts";
import type { OperationContext } from "../context.ts";
import { hashSecret, OPERATOR_KEY_PREFIX } from "./authenticate-caller.ts";

const SECRET_BYTES = 32;

/** Refuses with `limit_reached` more keys than the server may have. */
export async function createOperatorKey(
  context: OperationContext,
  p: { readonly name: string; readonly role: OperatorRole },
): Promise<{ readonly key: OperatorKey; readonly secret: string }> {
  const random = Buffer.from(context.randomBytes(SECRET_BYTES)).toString("hex");
  const secret = OPERATOR_KEY_PREFIX + random;
  const key = {
    ...p,
    id: context.ids.next(ID_PREFIXES.operatorKey),
    secretHash: hashSecret(secret),
    createdAt: context.now(),
  };
  await context.store.operatorKeys.create({ key });
  return { key, secret };
}

export async function listOperatorKeys(context: OperationContext): Promise<readonly OperatorKey[]> {
  return await context.store.operatorKeys.list();
}

/** The key is invalid as soon as this has returned. Refuses with `not_found`. */
export async function deleteOperatorKey(context: OperationContext, id: string): Promise<void> {
  if (await context.store.operatorKeys.delete({ id })) return;
  throw new AppError("not_found", `There is no operator key "${id.slice(0, 256)}".`);
}
