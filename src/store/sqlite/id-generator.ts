/**
 * Fresh identities for `decide`. Those that a vendor's own server would number (message, contact,
 * line) look like that vendor's; all are unique in the store.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../../core/decide-types.ts";
import { createIdSource } from "../../core/ids.ts";
import { createSnowflakeSource, SNOWFLAKE_AHEAD_MS } from "../../core/snowflake.ts";
import type { SnowflakeSource } from "../../core/snowflake.ts";
import type { Connection } from "./connection.ts";

export type IdGenerator = Ids & {
  /** The instant that new ids carry: the accept time of what is decided now. */
  setInstant(ms: number): void;
  /** After a rollback: the stored millisecond may be older than `remembered`. */
  forgetReserved(): void;
  /** At an orderly stop: a successor starts right after the last id. */
  keep(): void;
};

/**
 * How far the stored millisecond of a node number runs ahead of its ids, so that not every draw writes
 * a row. Each start takes the number that is furthest behind, so a process that crashes again and
 * again cycles through all 256 numbers and stays with the clock.
 */
const AHEAD_MS = 10_000;

/** Zipwhip's contact ids are above 2^31 and far below 2^53; its device ids have nine digits. */
const CONTACT_IDS = [10_000_000_000, 99_999_999_999] as const;
const DEVICE_IDS = [100_000_000, 999_999_999] as const;
const FINGERPRINTS = [100_000_000, 4_294_967_295] as const;

export function createIdGenerator(connection: Connection): IdGenerator {
  const { sql } = connection;
  let instant = 0;
  let remembered = 0;
  let held = takeNumber();
  const ids = createIdSource({ now: () => instant, randomBytes });

  /** The number whose ids are furthest behind. */
  function takeNumber(): { readonly number: number; readonly snowflakes: SnowflakeSource } {
    const row = sql("SELECT number, latestMs FROM snowflakeNode ORDER BY latestMs, number LIMIT 1");
    const { number, latestMs } = row.get() as { number: number; latestMs: number };
    const given = { node: number, initial: latestMs, startCounter: randomInt(4096) };
    return { number, snowflakes: createSnowflakeSource({ now: () => instant, ...given }) };
  }

  function remember(latestMs: number): void {
    remembered = latestMs;
    sql("UPDATE snowflakeNode SET latestMs = ? WHERE number = ?").run(latestMs, held.number);
  }

  /** Within the transaction that keeps the id, so no id is kept that the stored place is behind. */
  function snowflake(): bigint {
    if (held.snowflakes.latestMs() - instant > SNOWFLAKE_AHEAD_MS) {
      remember(held.snowflakes.latestMs());
      held = takeNumber();
      remembered = 0;
    }
    const id = held.snowflakes.next();
    if (held.snowflakes.latestMs() > remembered) remember(held.snowflakes.latestMs() + AHEAD_MS);
    return id;
  }

  function unusedNumber([least, greatest]: readonly [number, number], query: string): number {
    for (;;) {
      const drawn = randomInt(least, greatest + 1);
      if (sql(query).get(drawn) === undefined) return drawn;
    }
  }

  return {
    snowflake,
    handle: () => randomUUID(),
    ksuid: () => ids.next(""),
    contactId: () => unusedNumber(CONTACT_IDS, "SELECT 1 FROM contact WHERE contactId = ?"),
    deviceId: () => unusedNumber(DEVICE_IDS, "SELECT 1 FROM line WHERE deviceId = ?"),
    fingerprint: () => String(randomInt(FINGERPRINTS[0], FINGERPRINTS[1])),
    attachmentKey: () => randomBytes(24).toString("base64url"),
    setInstant(ms) {
      instant = ms;
    },
    forgetReserved() {
      remembered = 0;
    },
    keep() {
      remember(held.snowflakes.latestMs());
    },
  };
}
