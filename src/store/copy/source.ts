/**
 * The file that is copied. It is locked as a server locks it, so that no server can open it meanwhile. The
 * copy changes two settings in it: its identity as a copy, and at the end its new place. Before, it moves the log of
 * the dedupe windows into their tables.
 */
import { existsSync } from "node:fs";
import { AppError } from "../../core/error.ts";
import { MEMORY, openConnection, type Connection } from "../sqlite/connection.ts";
import { createWindows } from "../sqlite/accept/dedupe-windows.ts";
import { refuseDamagedLog } from "../sqlite/file/inspect-log.ts";
import { lockFile } from "../sqlite/file/lock.ts";
import { refuseOtherSchema } from "../sqlite/migrations.ts";
import { resolveStorePath } from "../sqlite/file/store-path.ts";
import { copyIdentity, markMoved, movedTo } from "../sqlite/file/moved-store.ts";

export type CopySource = Disposable & {
  readonly file: string;
  /** A read-only connection. */
  readonly connection: Connection;
  /** Stays the same until a server opens the file. */
  readonly identity: string;
  /** New place of the whole store; null while the file is the store. */
  readonly movedTo: string | null;
  markMoved(to: string): void;
};

export function openSource(url: string): CopySource {
  const file = toFile(url);
  const lock = lockFile(file);
  try {
    refuseDamagedLog(file);
    const { identity, moved } = withWritable(file, (connection) => {
      gatherWindows(connection);
      return { moved: movedTo(connection), identity: copyIdentity(connection) };
    });
    const connection = openConnection({ path: file, readOnly: true });
    return {
      file,
      connection,
      identity,
      movedTo: moved,
      markMoved: (to) => withWritable(file, (writable) => markMoved(writable, to)),
      [Symbol.dispose]() {
        connection.db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function toFile(url: string): string {
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : null;
  if (path === null || path === MEMORY) {
    throw new AppError(
      "invalid_field",
      `--from is "${url.split(":")[0]}:…": it must be a SQLite file, such as sqlite:./data/hookline.db.`,
    );
  }
  if (!existsSync(path)) {
    throw new AppError("not_found", `--from names ${path}, which does not exist.`);
  }
  return resolveStorePath(path);
}

/** The file has no server, so this happens once. */
function gatherWindows(connection: Connection): void {
  connection.db.exec("BEGIN IMMEDIATE");
  createWindows(connection).moveAll();
  connection.db.exec("COMMIT");
}

function withWritable<T>(file: string, work: (connection: Connection) => T): T {
  const connection = openOrRefuse(file);
  try {
    refuseOtherSchema(connection);
    return work(connection);
  } finally {
    connection.db.close();
  }
}

function openOrRefuse(file: string): Connection {
  try {
    return openConnection({ path: file, readOnly: false });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("store_unavailable", `${file} is not a store: ${why}.`, { cause });
  }
}
