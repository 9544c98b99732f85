/** Further logins of a line: several persons or programs have their own passwords and sessions. */
import { AppError, refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { normalUsername } from "../../core/messages/username.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { FurtherLogin } from "../../store/interface/tenancy.ts";
import { getApp } from "../apps/read-apps.ts";
import type { OperationContext } from "../context.ts";
import { hashPassword } from "./password.ts";
import { readLine, unknownLine } from "./read-line.ts";

/** `ref` is the line's id or number. */
type NamedLine = { readonly appRef: string; readonly ref: string };

export type ShownLogin = Pick<FurtherLogin, "id" | "username" | "createdAt">;

/**
 * Refuses with `not_found` an unknown line, with `conflict` a username that is taken on the server, and with
 * `limit_reached`. A username that is a number is stored in E.164.
 */
export async function addLogin(
  context: OperationContext,
  p: NamedLine & {
    readonly username: string;
    readonly password: string;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<ShownLogin> {
  const { appRef, ref, idempotencyKey } = p;
  const { id: source } = await getApp(context, appRef);
  await readLine(context, p);
  const passwordHash = await context.passwordTurns.take(
    { source, isKnown: true },
    async () => await hashPassword(p.password, context.randomBytes),
  );
  const login = {
    id: context.ids.next(ID_PREFIXES.login),
    username: normalUsername(p.username),
    passwordHash,
    createdAt: context.now(),
  };
  const made = await context.store.lines.createLogin({ appRef, ref, login, idempotencyKey });
  if (made === null) throw unknownLine(ref);
  return made;
}

/** All logins of a line. The first one has the id of the line. Refuses with `not_found` an unknown line. */
export async function listLogins(
  context: OperationContext,
  p: NamedLine,
): Promise<readonly ShownLogin[]> {
  const first = await readLine(context, p);
  const others = await context.store.lines.listLogins(p);
  return [first, ...(others ?? [])];
}

/**
 * Ends the sessions of the login with it. Refuses with `not_found` an unknown line or login, and with
 * `conflict` the first login, which ends with the line.
 */
export async function deleteLogin(
  context: OperationContext,
  p: NamedLine & { readonly loginId: string },
): Promise<void> {
  const { appRef, ref, loginId } = p;
  const line = await readLine(context, { appRef, ref });
  if (loginId === line.id) {
    throw refuseField(
      "conflict",
      ["login"],
      "The first login of a line cannot be deleted; delete the line, or assign it another username.",
    );
  }
  if (await context.store.lines.deleteLogin({ appRef, ref, loginId })) return;
  throw new AppError("not_found", `There is no login "${loginId}" of this line.`);
}
