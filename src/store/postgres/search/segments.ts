/**
 * The octets of the search index. The names of a run of events are in rows by the part of their key, in the order
 * of the events. Each name is an entry of eight octets: the rest of its key, and the number of the event in its day.
 */
import { Buffer } from "node:buffer";
import type { SeenRow } from "../../search/statements.ts";
import { firstRowId, toDay, toInstant } from "../accept/row-ids.ts";

/** A segment of 16,384 events with four names each then has 128 entries per part, which are one kilobyte. */
const PART_BITS = 9;
export const PARTS = 2 ** PART_BITS;
/** The other 23 bits of a key. */
const TAIL_BYTES = 3;
/** A day has fewer than 2^38 numbers. */
const NUMBER_BYTES = 5;
export const ENTRY_BYTES = TAIL_BYTES + NUMBER_BYTES;
/** More entries of one part begin another row, so a name in every event makes no row large. */
export const ROW_BYTES = 1_920;

/** The events from `segment` on, to the next row of the part or to the end of the day. */
export type PartRow = {
  readonly part: number;
  readonly segment: number;
  readonly names: Buffer;
};

export function toPart(key: number): number {
  return key & (PARTS - 1);
}

/** Begins each entry of the key in its part. Few rows contain these octets elsewhere. */
export function toTail(key: number): Buffer {
  const tail = Buffer.allocUnsafe(TAIL_BYTES);
  tail.writeUIntBE(key >>> PART_BITS, 0, TAIL_BYTES);
  return tail;
}

/** The least number of the day of a row. */
export function firstOfDay(rowId: number): number {
  return firstRowId(toDay(toInstant(rowId)));
}

export function toEntry({ key, eventSeq }: SeenRow): Buffer {
  const entry = Buffer.allocUnsafe(ENTRY_BYTES);
  entry.writeUIntBE(key >>> PART_BITS, 0, TAIL_BYTES);
  entry.writeUIntBE(eventSeq - firstOfDay(eventSeq), TAIL_BYTES, NUMBER_BYTES);
  return entry;
}

/** Rows of one day; the events may be in any order. */
export function toPartRows(seen: readonly SeenRow[]): readonly PartRow[] {
  const first = seen.reduce((least, { eventSeq }) => Math.min(least, eventSeq), Infinity);
  const byPart = Map.groupBy(seen, ({ key }) => toPart(key));
  return [...byPart].flatMap(([part, names]) => {
    const ordered = names.toSorted((one, other) => one.eventSeq - other.eventSeq);
    return splitPart(ordered).map((of, i) => ({
      part,
      segment: i === 0 ? first : (of[0] as SeenRow).eventSeq,
      names: Buffer.concat(of.map(toEntry)),
    }));
  });
}

/** Names of one event stay together: a row begins with the first name of its event. */
function splitPart(names: readonly SeenRow[]): readonly (readonly SeenRow[])[] {
  const rows: SeenRow[][] = [];
  let last: SeenRow | undefined;
  for (const name of names) {
    const row = rows.at(-1);
    const isFull = row === undefined || row.length * ENTRY_BYTES >= ROW_BYTES;
    if (isFull && name.eventSeq !== last?.eventSeq) rows.push([name]);
    else row?.push(name);
    last = name;
  }
  return rows;
}

/** The events with this key, in their order. */
export function readEvents(
  { segment, names }: Pick<PartRow, "segment"> & { readonly names: Uint8Array },
  key: number,
): readonly number[] {
  const octets = toBuffer(names);
  const tail = key >>> PART_BITS;
  const first = firstOfDay(segment);
  const events: number[] = [];
  for (let at = 0; at < octets.length; at += ENTRY_BYTES) {
    if (octets.readUIntBE(at, TAIL_BYTES) === tail) {
      events.push(first + octets.readUIntBE(at + TAIL_BYTES, NUMBER_BYTES));
    }
  }
  return events;
}

/** `removed` has entries as text with one character per octet. */
export function withoutEntries(names: Uint8Array, removed: ReadonlySet<string>): Buffer {
  const octets = toBuffer(names);
  const kept: Buffer[] = [];
  for (let at = 0; at < octets.length; at += ENTRY_BYTES) {
    const entry = octets.subarray(at, at + ENTRY_BYTES);
    if (!removed.has(toText(entry))) kept.push(entry);
  }
  return Buffer.concat(kept);
}

export function toText(entry: Buffer): string {
  return entry.toString("latin1");
}

function toBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
