/**
 * New ids for `decide`. Ids that a vendor's server would assign (message, contact, line) have that vendor's
 * form. All are unique in the store.
 */
import { randomBytes, randomInt } from "node:crypto";
import type { Ids } from "../../../core/decide-types.ts";
import { createIdSource } from "../../../core/ids/ids.ts";
import { createSnowflakeSource, SNOWFLAKE_AHEAD_MS } from "../../../core/ids/snowflake.ts";
import type { SnowflakeSource } from "../../../core/ids/snowflake.ts";
import { SNOWFLAKE_STORED_AHEAD_MS, VENDOR_IDS } from "../../accept/vendor-ids.ts";
import type { Connection } from "../connection.ts";

export type IdGenerator = Ids & {
  /** The instant that new ids contain: the accept time of the current decision. */
  setInstant(ms: number): void;
  /** Called after a rollback, when the stored millisecond may be older than `remembered`. */
  forgetReserved(): void;
  /** Called at an orderly stop, so that the next process continues right after the last id. */
  keep(): void;
};

export function createIdGenerator(connection: Connection): IdGenerator {
  const { sql } = connection;
  let instant = 0;
  let remembered = 0;
  let held = takeNumber();
  const ids = createIdSource({ now: () => instant, randomBytes });

  /**
   * The node number whose ids are furthest behind. A process that crashes repeatedly therefore cycles through
   * all 256 numbers and stays with the clock.
   */
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
    if (held.snowflakes.latestMs() > remembered)
      remember(held.snowflakes.latestMs() + SNOWFLAKE_STORED_AHEAD_MS);
    return id;
  }

  function drawUnused(draw: () => number, query: string): number {
    for (;;) {
      const candidate = draw();
      if (sql(query).get(candidate) === undefined) return candidate;
    }
  }

  return {
    snowflake,
    ksuid: () => ids.next(""),
    ...VENDOR_IDS,
    contactId: () => drawUnused(VENDOR_IDS.contactId, "SELECT 1 FROM contact WHERE contactId = ?"),
    deviceId: () => drawUnused(VENDOR_IDS.deviceId, "SELECT 1 FROM line WHERE deviceId = ?"),
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
