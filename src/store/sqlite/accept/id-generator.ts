/**
 * New ids for `decide`. Ids that a vendor's server would assign (message, contact, line) have that vendor's
 * form. All are unique in the store.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../../../core/decide-types.ts";
import { createIdSource } from "../../../core/ids/ids.ts";
import { createSnowflakeSource, SNOWFLAKE_AHEAD_MS } from "../../../core/ids/snowflake.ts";
import type { SnowflakeSource } from "../../../core/ids/snowflake.ts";
import type { Connection } from "../connection.ts";

export type IdGenerator = Ids & {
  /** The instant that new ids contain: the accept time of the current decision. */
  setInstant(ms: number): void;
  /** Called after a rollback, when the stored millisecond may be older than `remembered`. */
  forgetReserved(): void;
  /** Called at an orderly stop, so that the next process continues right after the last id. */
  keep(): void;
};

/**
 * Distance by which the stored millisecond of a node number is ahead of its ids, so that not every id writes
 * a row. Each start takes the number that is furthest behind. A process that crashes repeatedly therefore
 * cycles through all 256 numbers and stays with the clock.
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

  /** The node number whose ids are furthest behind. */
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

  /** Written in the transaction that saves the id, so no saved id is ahead of the stored position. */
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
      const candidate = randomInt(least, greatest + 1);
      if (sql(query).get(candidate) === undefined) return candidate;
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
