/**
 * The admin token and the encryption key: read from the environment, else generated once and kept beside the
 * SQLite file, readable by its owner only. A backup of the store therefore does not contain the key that
 * decrypts its secrets.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { AppError } from "../core/error.ts";
import { resolveStorePath } from "../store/sqlite/file/store-path.ts";
import { previousKey } from "./key-files.ts";
import type { Settings } from "./settings.ts";

export type Credentials = {
  readonly adminToken: string;
  readonly secretKey: string;
  /** The previous encryption key while a rotation is in progress; otherwise null. */
  readonly previousSecretKey: string | null;
  /** The file of the secret key; null when the environment provides the key or the store has no file. */
  readonly secretKeyFile: string | null;
  /** The file of the admin token; null when the environment provides it or the store has no file. */
  readonly adminTokenFile: string | null;
  /** Files that this start created. */
  readonly made?: readonly string[];
};

/**
 * Returns the file of a `sqlite:` store; null for an in-memory store and for PostgreSQL. The path is returned
 * as given, unless a symbolic link points elsewhere: the keys are beside the target file.
 */
export function storeFile(store: string): string | null {
  if (!store.startsWith("sqlite:") || store === "sqlite::memory:") return null;
  const given = store.slice("sqlite:".length);
  const file = resolveStorePath(given);
  return file === resolve(given) ? given : file;
}

export function openCredentials(settings: Settings): Credentials {
  const file = storeFile(settings.store);
  if (file === null && !settings.store.startsWith("sqlite:")) {
    if (settings.adminToken === "" || settings.secretKey === "") {
      throw new AppError(
        "internal",
        "With PostgreSQL every node needs the same admin token and secret key. Set HOOKLINE_ADMIN_TOKEN and HOOKLINE_SECRET_KEY.",
      );
    }
  }
  const adminTokenFile = file === null || settings.adminToken !== "" ? null : `${file}.admin-token`;
  const secretKeyFile = file === null || settings.secretKey !== "" ? null : `${file}.secret-key`;
  refuseLostKey(file, secretKeyFile);
  refuseLostStore(file, secretKeyFile);
  const made = [adminTokenFile, secretKeyFile].filter((one) => one !== null && !existsSync(one));
  return {
    adminToken:
      settings.adminToken ||
      readOrCreate(adminTokenFile, () => `hk_${randomBytes(24).toString("base64url")}`),
    secretKey:
      settings.secretKey || readOrCreate(secretKeyFile, () => randomBytes(32).toString("base64")),
    made: made as string[],
    adminTokenFile,
    previousSecretKey:
      settings.secretKeyPrevious || (secretKeyFile === null ? null : previousKey(secretKeyFile)),
    secretKeyFile,
  };
}

/** Returns the admin token for commands that call a running server; creates nothing. */
export function readAdminToken(settings: Settings): string {
  if (settings.adminToken !== "") return settings.adminToken;
  const file = storeFile(settings.store);
  if (file !== null && existsSync(`${file}.admin-token`)) {
    return readFileSync(`${file}.admin-token`, "utf8").trim();
  }
  throw new AppError(
    "unauthenticated",
    `No admin token was found${file === null ? "" : ` at ${file}.admin-token`}. Set HOOKLINE_ADMIN_TOKEN or pass --token.`,
  );
}

/** Refuses an existing store whose key file is missing: a new key would decrypt nothing in it. */
function refuseLostKey(file: string | null, secretKeyFile: string | null): void {
  if (file === null || secretKeyFile === null) return;
  if (!existsSync(file) || existsSync(secretKeyFile)) return;
  throw new AppError(
    "invalid_field",
    `The store ${file} exists, but its key file ${secretKeyFile} does not. Restore the key file, or set HOOKLINE_SECRET_KEY to the key.`,
  );
}

/** Refuses a key file whose store is missing: a new, empty store would look as if all data had been lost. */
function refuseLostStore(file: string | null, secretKeyFile: string | null): void {
  if (file === null || secretKeyFile === null || !existsSync(secretKeyFile)) return;
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  throw new AppError(
    "invalid_field",
    `The key file ${secretKeyFile} exists, but its store ${file} is missing or empty. Restore a backup with "npx hookline restore", or delete the key file to start with an empty store.`,
  );
}

/**
 * Deletes the key files of a start that failed before it created a store; otherwise the next start would
 * refuse them.
 */
export function discardUnused({ made = [] }: Credentials, settings: Settings): void {
  const file = storeFile(settings.store);
  if (file === null || existsSync(file)) return;
  for (const one of made) rmSync(one, { force: true });
}

function readOrCreate(file: string | null, make: () => string): string {
  if (file === null) return make();
  if (existsSync(file)) {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new AppError("internal", `${file} is readable by other users. Run: chmod 600 ${file}`);
    }
    return readFileSync(file, "utf8").trim();
  }
  const value = make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${value}\n`, { mode: 0o600, flag: "wx" });
  return value;
}
