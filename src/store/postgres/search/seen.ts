/**
 * The search index in the days of the events. A slice of the sweep writes a row per part of the keys. Slices are
 * merged, so that a look-up reads one row of thousands of events. Transactions end in any order, so only
 * events are added that are older than the slack of clocks and commits.
 */
import { widen } from "../../history/time-slack.ts";
import { toOrder } from "../../paging.ts";
import type { Places } from "../../session.ts";
import type { SeenReads, SeenWrites } from "../../search/statements.ts";
import { firstRowId, toInstant } from "../accept/row-ids.ts";
import { positionsOfTime, rowsOfTime } from "../history/time-position.ts";
import type { Connection } from "../connection.ts";
import type { Reader } from "../types.ts";
import { lockShared, LOCKS } from "../server/locks.ts";
import { wait } from "../session.ts";
import { addSlice, mergeSlices } from "./merge.ts";
import { removeNames } from "./remove.ts";
import { firstOfDay, readEvents, toPart, toPartRows, toTail } from "./segments.ts";

/** Key of the upkeep lock: taken alone to add rows, and shared to delete the content of events. */
const SEALING_LOCK_KEY = 4;
const FAR_BEHIND_MS = 2 * 60_000;
/** Events are added when so many wait, or at the end of their day. Each part of a slice then has several names. */
const EVENTS_AT_ONCE = 2_048;
/** Rows with a key that one statement returns: few at first, because each has hundreds of a name in every event. */
const FIRST_ROWS = 8;
const MOST_ROWS = 64;

type Readable = Connection & Partial<Pick<Reader, "checkDeadline">>;

export function seenReads(connection: Readable): SeenReads & Pick<Places, "eventsOfTime"> {
  return {
    readSeen: (p) => wait(() => readSeen(connection, p)),
    sealable: (now, sealedTo) => wait(() => findSealable(connection, now, sealedTo)),
    eventsOfTime: (time) => wait(async () => rowsOfTime(time)),
    placeFrom: (eventSeq) =>
      wait(async () => (await positionsOfTime(connection, { since: toInstant(eventSeq) })).low),
  };
}

/**
 * One statement for all keys. A key reads the rows of its part, newest first or oldest first, until enough of them
 * contain it. Without events of the range it reads all of them: a row per 16,384 events of the store.
 */
async function readSeen(
  { sql, checkDeadline }: Readable,
  p: Parameters<SeenReads["readSeen"]>[0],
): Promise<readonly (readonly number[])[]> {
  const { keys, upwards, count } = p;
  const isAsked = (eventSeq: number) => eventSeq >= p.low && eventSeq < p.high;
  const walks = await Promise.all(
    keys.map(async (key) => ({
      key,
      low: upwards ? await findSegment({ sql }, key, p.low) : firstOfDay(p.low),
      high: p.high,
      found: [] as number[],
    })),
  );
  let open = walks;
  for (let limit = FIRST_ROWS; open.length > 0; limit = MOST_ROWS) {
    const rows = await sql<{ walk: number; segment: number; names: Uint8Array }>(
      `SELECT walk, segment, names
       FROM unnest($1::smallint[], $2::bytea[], $3::bigint[], $4::bigint[])
         WITH ORDINALITY AS given (part, tail, low, high, walk)
       CROSS JOIN LATERAL
         (SELECT segment, names FROM seen
          WHERE seen.part = given.part AND segment >= given.low AND segment < given.high
            AND position(given.tail IN names) > 0
          ORDER BY segment ${toOrder(upwards)} LIMIT $5) AS row_of_key
       ORDER BY walk, segment ${toOrder(upwards)}`,
      [
        open.map(({ key }) => toPart(key)),
        open.map(({ key }) => toTail(key)),
        open.map(({ low }) => low),
        open.map(({ high }) => high),
        limit,
      ],
    );
    const byWalk = Map.groupBy(rows, ({ walk }) => walk);
    open = open.filter((walk, i) => {
      const own = byWalk.get(i + 1) ?? [];
      for (const { segment, names } of own) {
        const events = readEvents({ segment, names }, walk.key).filter(isAsked);
        walk.found.push(...(upwards ? events : events.toReversed()));
        // No row before this one has events of the range.
        if (walk.found.length >= count || (!upwards && segment <= p.low)) return false;
        if (upwards) walk.low = segment + 1;
        else walk.high = segment;
      }
      return own.length === limit;
    });
    checkDeadline?.();
  }
  return walks.map(({ found }) => found.slice(0, count));
}

/** The row that has this event, if it has the key. */
async function findSegment(
  { sql }: Pick<Connection, "sql">,
  key: number,
  eventSeq: number,
): Promise<number> {
  const [row] = await sql<{ segment: number }>(
    `SELECT segment FROM seen WHERE part = $1 AND segment >= $2 AND segment <= $3
     ORDER BY segment DESC LIMIT 1`,
    [toPart(key), firstOfDay(eventSeq), eventSeq],
  );
  return row?.segment ?? eventSeq;
}

async function findSealable(
  connection: Connection,
  now: number,
  sealedTo: number,
): Promise<number> {
  const [row] = await connection.sql<{ last: number | null }>("SELECT max(seq) AS last FROM event");
  // A quiet store has nothing newer to wait for, and a clock that is ahead must not hide later events.
  const newest = Math.min(now, toInstant(row?.last ?? 0));
  const end = firstRowId(widen({ since: newest }).since ?? 0);
  if (firstOfDay(end) > sealedTo) return end;
  const enough = await connection.sql(
    `SELECT FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq
     OFFSET ${EVENTS_AT_ONCE - 1} LIMIT 1`,
    [sealedTo, end],
  );
  return enough.length > 0 ? end : Math.min(sealedTo, end);
}

export function seenWrites(tx: Connection): SeenWrites {
  return {
    isFarBehind: (sealedTo, end) => toInstant(end) - toInstant(sealedTo) > FAR_BEHIND_MS,
    sliceOf: (limit) => Math.max(limit, EVENTS_AT_ONCE),
    addSeen: (rows) =>
      wait(async () => {
        if (rows.length === 0) return;
        const days = Map.groupBy(rows, ({ eventSeq }) => firstOfDay(eventSeq));
        for (const ofDay of days.values()) await addSlice(tx, toPartRows(ofDay));
        await mergeSlices(tx, Math.max(...days.keys()));
      }),
    removeSeen: (rows) => wait(() => removeNames(tx, rows)),
    beginSealing: () =>
      wait(async () => {
        const [row] = await tx.sql<{ held: boolean }>(
          "SELECT pg_try_advisory_xact_lock($1, $2) AS held",
          [LOCKS.upkeep, SEALING_LOCK_KEY],
        );
        return row?.held === true;
      }),
    pauseSealing: () => wait(() => lockShared(tx, "upkeep", [SEALING_LOCK_KEY])),
  };
}
