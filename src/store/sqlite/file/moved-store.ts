/**
 * The state of a file that is copied to PostgreSQL. During a copy the file has an identity. A server that
 * opens the file may change copied data, so it deletes the identity, and an earlier copy cannot continue. A
 * finished copy writes its destination into the file, and no server opens the file after that: two stores
 * would send the same pending deliveries.
 */
import { randomUUID } from "node:crypto";
import { AppError } from "../../../core/error.ts";
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

const COPY = "copy.id";
const MOVED = "moved.to";

/** Generated for the first copy after a server had the file. */
export function copyIdentity(connection: Connection): string {
  const known = readSetting(connection, COPY);
  if (known !== null) return known;
  const identity = randomUUID();
  writeSetting(connection, COPY, identity);
  return identity;
}

/** New place of the store, without a password; null while it is this file. */
export function movedTo(connection: Connection): string | null {
  return readSetting(connection, MOVED);
}

export function markMoved(connection: Connection, to: string): void {
  writeSetting(connection, MOVED, to);
}

/** For callers that are about to change the store. */
export function takeForWriting(connection: Connection): void {
  const to = movedTo(connection);
  if (to === null) {
    connection.sql("DELETE FROM setting WHERE name = ?").run(COPY);
    return;
  }
  throw new AppError(
    "store_unavailable",
    `This store was moved to ${to}: set HOOKLINE_STORE to that database. A server on this file would send its pending deliveries twice.`,
  );
}
