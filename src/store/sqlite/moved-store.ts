/**
 * What a file remembers of being copied to PostgreSQL. While a copy is under way the file has an
 * identity; a server that opens it may change what was copied already, so it takes the identity away,
 * and no copy goes on that began before it. Once everything is copied, the file names where it went
 * and no server opens it any more: what two stores owe would be sent twice.
 */
import { randomUUID } from "node:crypto";
import { AppError } from "../../core/error.ts";
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

const COPY = "copy.id";
const MOVED = "moved.to";

/** Drawn for the first copy since a server had the file. */
export function copyIdentity(connection: Connection): string {
  const known = readSetting(connection, COPY);
  if (known !== null) return known;
  const drawn = randomUUID();
  writeSetting(connection, COPY, drawn);
  return drawn;
}

/** Where the store is now, without a password; null while it is this one. */
export function movedTo(connection: Connection): string | null {
  return readSetting(connection, MOVED);
}

export function markMoved(connection: Connection, to: string): void {
  writeSetting(connection, MOVED, to);
}

/** For whoever is about to change the store. */
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
