/**
 * Fresh identities for `decide`. Those that a vendor's own server would number (message, contact,
 * line) look like that vendor's; all are unique in the store.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Draw } from "../../core/decide-types.ts";
import { createIdSource } from "../../core/ids.ts";
import { createSnowflakeSource } from "../../core/snowflake.ts";
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

export type Drawing = Draw & {
  /** The instant that new ids carry: the accept time of what is decided now. */
  setInstant(ms: number): void;
  /** At the start of every transaction: keeps the remembered millisecond ahead of the given ids. */
  reserve(): void;
  forgetReserved(): void;
  /** At a clean stop: a successor begins right after the last id. */
  keep(): void;
};

const NODE_SETTING = "snowflake.node";
const LATEST_SETTING = "snowflake.latestMs";
/** After a crash ids begin at most this far in the future. */
const AHEAD_MS = 10_000;

/** Zipwhip's contact ids are above 2^31 and far below 2^53; its device ids have nine digits. */
const CONTACT_IDS = [10_000_000_000, 99_999_999_999] as const;
const DEVICE_IDS = [100_000_000, 999_999_999] as const;
const FINGERPRINTS = [100_000_000, 4_294_967_295] as const;

export function createDrawing(connection: Connection): Drawing {
  const { sql } = connection;
  let instant = 0;
  let remembered = 0;
  const snowflakes = createSnowflakeSource({
    now: () => instant,
    node: nodeNumber(connection),
    initial: Number(readSetting(connection, LATEST_SETTING) ?? 0),
    startCounter: randomInt(4096),
  });
  const ids = createIdSource({ now: () => instant, randomBytes });

  function unusedNumber([least, greatest]: readonly [number, number], query: string): number {
    for (;;) {
      const drawn = randomInt(least, greatest + 1);
      if (sql(query).get(drawn) === undefined) return drawn;
    }
  }

  return {
    snowflake: snowflakes.next,
    handle: () => randomUUID(),
    ksuid: () => ids.next(""),
    contactId: () => unusedNumber(CONTACT_IDS, "SELECT 1 FROM contact WHERE contactId = ?"),
    deviceId: () => unusedNumber(DEVICE_IDS, "SELECT 1 FROM line WHERE deviceId = ?"),
    fingerprint: () => String(randomInt(FINGERPRINTS[0], FINGERPRINTS[1])),
    attachmentKey: () => randomBytes(24).toString("base64url"),
    setInstant(ms) {
      instant = ms;
    },
    reserve() {
      const latest = snowflakes.latestMs();
      if (latest + AHEAD_MS / 2 < remembered && instant + AHEAD_MS / 2 < remembered) return;
      remembered = Math.max(latest, instant) + AHEAD_MS;
      writeSetting(connection, LATEST_SETTING, String(remembered));
    },
    forgetReserved() {
      remembered = 0;
    },
    keep() {
      writeSetting(connection, LATEST_SETTING, String(snowflakes.latestMs()));
    },
  };
}

function nodeNumber(connection: Connection): number {
  const kept = readSetting(connection, NODE_SETTING);
  if (kept !== null) return Number(kept);
  const drawn = randomInt(1024);
  writeSetting(connection, NODE_SETTING, String(drawn));
  return drawn;
}
