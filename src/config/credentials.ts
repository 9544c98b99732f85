/**
 * The admin token and the encryption key: taken from the environment, else made once and kept beside
 * the SQLite file, readable by its owner only. A backup of the store therefore does not contain the
 * key that opens it.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { AppError } from "../core/error.ts";
import { resolveStorePath } from "../store/sqlite/store-path.ts";
import { previousKey } from "./key-files.ts";
import type { Settings } from "./settings.ts";

export type Credentials = {
  readonly adminToken: string;
  readonly secretKey: string;
  /** The key before it, while the store goes over to the new one; null when there is none. */
  readonly previousSecretKey: string | null;
  /** Where the secret key is kept; null when the environment gave it, or it is kept nowhere. */
  readonly secretKeyFile: string | null;
  /** Where the admin token can be read; null when the environment gave it. */
  readonly adminTokenFile: string | null;
  /** Files that this start made. */
  readonly made?: readonly string[];
};

/**
 * The file of a `sqlite:` store; null for one in memory and for PostgreSQL. As it was given, unless a
 * symbolic link leads elsewhere: the keys lie beside the file itself.
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
        "With PostgreSQL every node needs the same HOOKLINE_ADMIN_TOKEN and HOOKLINE_SECRET_KEY: give both.",
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
      kept(adminTokenFile, () => `hk_${randomBytes(24).toString("base64url")}`),
    secretKey: settings.secretKey || kept(secretKeyFile, () => randomBytes(32).toString("base64")),
    made: made as string[],
    adminTokenFile,
    previousSecretKey:
      settings.secretKeyPrevious || (secretKeyFile === null ? null : previousKey(secretKeyFile)),
    secretKeyFile,
  };
}

/** For commands that call a running server; makes nothing. */
export function readAdminToken(settings: Settings): string {
  if (settings.adminToken !== "") return settings.adminToken;
  const file = storeFile(settings.store);
  if (file !== null && existsSync(`${file}.admin-token`)) {
    return readFileSync(`${file}.admin-token`, "utf8").trim();
  }
  throw new AppError(
    "unauthenticated",
    `There is no admin token${file === null ? "" : ` at ${file}.admin-token`}: give it as --token or as HOOKLINE_ADMIN_TOKEN.`,
  );
}

/** A store that is there was encrypted with a key that is not: a new one would open nothing. */
function refuseLostKey(file: string | null, secretKeyFile: string | null): void {
  if (file === null || secretKeyFile === null) return;
  if (!existsSync(file) || existsSync(secretKeyFile)) return;
  throw new AppError(
    "invalid_field",
    `${file} is there and its key ${secretKeyFile} is not: put the key back, or give it as HOOKLINE_SECRET_KEY.`,
  );
}

/** A key without its store: an empty store in its place would look like one that lost everything. */
function refuseLostStore(file: string | null, secretKeyFile: string | null): void {
  if (file === null || secretKeyFile === null || !existsSync(secretKeyFile)) return;
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  throw new AppError(
    "invalid_field",
    `${secretKeyFile} is there and its store ${file} is not: restore a backup with "npx hookline restore", or delete the key file to begin with an empty store.`,
  );
}

/** After a start that failed before it had a store: the next one would miss the store of these keys. */
export function discardUnused({ made = [] }: Credentials, settings: Settings): void {
  const file = storeFile(settings.store);
  if (file === null || existsSync(file)) return;
  for (const one of made) rmSync(one, { force: true });
}

function kept(file: string | null, make: () => string): string {
  if (file === null) return make();
  if (existsSync(file)) {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new AppError("internal", `${file} is readable by others; run: chmod 600 ${file}`);
    }
    return readFileSync(file, "utf8").trim();
  }
  const value = make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${value}\n`, { mode: 0o600, flag: "wx" });
  return value;
}
