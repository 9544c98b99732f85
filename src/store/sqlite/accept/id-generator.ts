/** New ids for `decide`, all unique in the file. The process holds one node number at a time. */
import type { Ids } from "../../../core/decide-types.ts";
import { createNewIds, type NewIds } from "../../accept/new-ids.ts";
import {
  FURTHEST_BEHIND,
  holdNumber,
  STORED_AHEAD_MS,
  type FreeNumber,
  type HeldNumber,
} from "../../accept/node-number.ts";
import type { Connection } from "../connection.ts";
import { toText } from "../session.ts";

export type IdGenerator = Ids &
  NewIds & {
    /** Called after a rollback, when the stored millisecond may be older than `remembered`. */
    forgetReserved(): void;
    /** Called at an orderly stop, so that the next process continues right after the last id. */
    keep(): void;
  };

const FIND_NUMBER = toText(`SELECT number, latest_ms FROM snowflake_node ${FURTHEST_BEHIND}`);

export function createIdGenerator({ sql }: Connection): IdGenerator {
  const { newIds, now } = createNewIds();
  let remembered = 0;
  let held = takeNumber();

  function takeNumber(): HeldNumber {
    return holdNumber(sql(FIND_NUMBER).get() as FreeNumber, now);
  }

  function remember(latestMs: number): void {
    remembered = latestMs;
    sql("UPDATE snowflakeNode SET latestMs = ? WHERE number = ?").run(latestMs, held.number);
  }

  /** Written in the transaction that saves the id, so no saved id is ahead of the stored position. */
  function snowflake(): bigint {
    if (held.isAhead()) {
      remember(held.latestMs());
      held = takeNumber();
      remembered = 0;
    }
    const id = held.next();
    if (held.latestMs() > remembered) remember(held.latestMs() + STORED_AHEAD_MS);
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
    ...newIds,
    contactId: () => drawUnused(newIds.contactId, "SELECT 1 FROM contact WHERE contactId = ?"),
    deviceId: () => drawUnused(newIds.deviceId, "SELECT 1 FROM line WHERE deviceId = ?"),
    forgetReserved() {
      remembered = 0;
    },
    keep() {
      remember(held.latestMs());
    },
  };
}
