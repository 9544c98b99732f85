/**
 * Passwords of lines, stored as scrypt with their parameters and salt: `scrypt$N$r$p$salt$hash`. A login
 * costs about 50 ms of a thread pool thread, never of the event loop.
 */
import { scrypt, timingSafeEqual } from "node:crypto";

const COST = 16_384;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export async function hashPassword(
  password: string,
  randomBytes: (count: number) => Uint8Array,
): Promise<string> {
  const salt = Buffer.from(randomBytes(SALT_BYTES));
  const hash = await derive(password, salt, [COST, BLOCK_SIZE, PARALLEL]);
  const parameters = [COST, BLOCK_SIZE, PARALLEL].join("$");
  return `scrypt$${parameters}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/** Returns false for a wrong password and for a hash in another form. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [scheme, n, r, p, salt, hash] = kept.split("$");
  if (scheme !== "scrypt" || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64url");
  const given = await derive(password, Buffer.from(salt, "base64url"), [
    Number(n),
    Number(r),
    Number(p),
  ]);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function derive(
  password: string,
  salt: Buffer,
  [N, r, p]: [number, number, number],
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, { N, r, p }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
