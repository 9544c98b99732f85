/**
 * Logging a line in and out, as Zipwhip's clients do. A session lasts until it is ended; only its
 * SHA-256 is kept (I10). Whether a username exists cannot be told from the answer or its time.
 */
import { AppError } from "../core/error.ts";
import { hashSecret, unknownSession } from "./authenticate-caller.ts";
import type { OperationContext, RegisteredLine } from "./context.ts";
import { createLoginLimits } from "./limit-logins.ts";
import { isPassword } from "./password.ts";

/**
 * Refuses with `unauthenticated` a username and password that do not belong together, and with
 * `rate_limited` and `overloaded` as `LoginLimits` does. Gives the session: `<uuid>:<deviceId>`.
 */
export type LineLogin = (p: {
  readonly username: string;
  readonly password: string;
}) => Promise<string>;

/** Costs as much to check as any hash of ours, and no password has it. */
export const NOBODYS_HASH = `scrypt$16384$8$1$${"A".repeat(22)}$${"A".repeat(43)}`;

/** Its limits are its own, so there is one of these per listener. */
export function createLineLogin(context: OperationContext): LineLogin {
  const limits = createLoginLimits(() => context.now());
  return async ({ username, password }) => {
    const forms = usernameForms(username);
    const lines = await findLines(context, forms);
    const found = await limits.attempt(forms[1] ?? username.toLowerCase(), async () => {
      if (lines.length === 0) await isPassword(password, NOBODYS_HASH);
      // Several lines have forms of one number as usernames only when somebody chose them so; the
      // password then tells them apart.
      for (const line of lines) if (await isPassword(password, line.passwordHash)) return line;
      return null;
    });
    if (found === null) throw wrongPassword();
    const session = `${randomUuid(context)}:${found.deviceId}`;
    const opened = await context.store.lines.openSession({
      lineId: found.id,
      sessionHash: hashSecret(session),
      now: context.now(),
    });
    if (!opened) throw wrongPassword();
    return session;
  };
}

/** Refuses with `unauthenticated` what is no live session. */
export async function logoutLine(context: OperationContext, session: string): Promise<void> {
  const sessionHash = hashSecret(session);
  const ended = await context.store.lines.endSession({ sessionHash, now: context.now() });
  if (!ended) throw unknownSession();
}

/**
 * The username as given, and when it is a number, the other forms that its line may have been
 * registered with, E.164 first: `2065550100`, `+12065550100`, each with `ptn:/` or without.
 */
export function usernameForms(username: string): readonly string[] {
  const number = username.replace(/^ptn:\//i, "");
  const local = /^(?:\+?1)?([2-9]\d{9})$/.exec(number)?.[1];
  if (local === undefined && !/^\+?\d{7,15}$/.test(number)) return [username];
  const plain =
    local === undefined
      ? [`+${number.replace("+", "")}`, number.replace("+", "")]
      : [`+1${local}`, local, `1${local}`];
  return [username, ...plain, ...plain.map((form) => `ptn:/${form}`)];
}

/** The line with exactly this username first. */
async function findLines(
  context: OperationContext,
  forms: readonly string[],
): Promise<readonly RegisteredLine[]> {
  const { lines } = context.store;
  const found = await Promise.all(
    [...new Set(forms)].map((username) => lines.findByUsername({ username })),
  );
  const byId = new Map(found.filter((line) => line !== null).map((line) => [line.id, line]));
  return [...byId.values()];
}

/** Version 4: 122 random bits. */
function randomUuid(context: OperationContext): string {
  const bytes = Buffer.from(context.randomBytes(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function wrongPassword(): AppError {
  return new AppError("unauthenticated", "The username or the password is wrong.");
}
