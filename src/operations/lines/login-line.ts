/**
 * Logging a line in and out, as Zipwhip's clients do. A session lasts until it is ended; only its SHA-256 is
 * kept (I10). Neither the response nor its timing reveals whether a username exists.
 */
import { AppError } from "../../core/error.ts";
import { normalUsername } from "../../core/messages/username.ts";
import { hashSecret, unknownSession } from "../keys/authenticate-caller.ts";
import type { OperationContext } from "../context.ts";
import { createLoginLimits } from "./limit-logins.ts";
import { isPassword } from "./password.ts";

/**
 * Refuses with `unauthenticated` a username and password that do not match, and with `rate_limited` and
 * `overloaded` like `LoginLimits`. Returns the session: `<uuid>:<deviceId>`.
 */
export type LineLogin = (p: {
  /** A number may be written in any form. */
  readonly username: string;
  readonly password: string;
  /** The address that failures are counted for; null when the request does not show it. */
  readonly source: string | null;
}) => Promise<string>;

/** A hash that costs as much to check as any other and matches no password. */
export const NOBODYS_HASH = `scrypt$16384$8$1$${"A".repeat(22)}$${"A".repeat(43)}`;

/** The counts of failures belong to the returned function, so each listener has one. */
export function createLineLogin(context: OperationContext): LineLogin {
  const limits = createLoginLimits({ now: () => context.now(), turns: context.passwordTurns });
  return async ({ username, password, source }) => {
    const name = normalUsername(username);
    const line = await context.store.lines.findByUsername({ username: name });
    const found = await limits.attempt({ name: name.toLowerCase(), source }, async () => {
      const isRight = await isPassword(password, line?.passwordHash ?? NOBODYS_HASH);
      return isRight ? line : null;
    });
    if (found === null) throw wrongPassword();
    const session = `${randomUuid(context)}:${found.deviceId}`;
    const opened = await context.store.lines.openSession({
      lineId: found.id,
      loginId: found.loginId,
      sessionHash: hashSecret(session),
      now: context.now(),
    });
    if (!opened) throw wrongPassword();
    return session;
  };
}

/** Refuses with `unauthenticated` a session that does not exist or has ended. */
export async function logoutLine(context: OperationContext, session: string): Promise<void> {
  const sessionHash = hashSecret(session);
  const ended = await context.store.lines.endSession({ sessionHash, now: context.now() });
  if (!ended) throw unknownSession();
}

/** Version 4: 122 random bits. */
function randomUuid(context: OperationContext): string {
  const bytes = Buffer.from(context.randomBytes(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function wrongPassword(): AppError {
  return new AppError("unauthenticated", "The username or password is wrong.");
}
