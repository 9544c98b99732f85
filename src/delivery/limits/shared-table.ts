/**
 * Numbers of applications that all sender threads of a node share, so that a limit per application holds over them. An
 * application has a slot by a hash of its id, and a new one takes the slot of one whose number is over. When all places
 * for a hash are in use, the first one begins again: as many applications as slots are far above those in use.
 */
import { hash } from "node:crypto";
import type { Instant } from "../../core/snapshot.ts";

export type SharedTable = {
  /** The application's number; 0 when it has none. */
  read(appId: string): bigint;
  /** Replaces the number in one step. `change` gives the next number, or null to leave it. */
  change(appId: string, now: Instant, change: (before: bigint) => bigint | null): void;
};

const BYTES_PER_SLOT = 16;
/** Slots that are searched for one application. */
const PROBES = 16;
const KEYS_KEPT = 10_000;

export function createSharedMemory(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(slots * BYTES_PER_SLOT);
}

/** `isOver` says that a number has no effect any more. */
export function openSharedTable(
  memory: SharedArrayBuffer,
  isOver: (value: bigint, now: Instant) => boolean,
): SharedTable {
  /** Keys and numbers alternately; a key of 0 is a free slot. */
  const cells = new BigInt64Array(memory);
  const slots = cells.length / 2;
  const keys = new Map<string, bigint>();

  function toKey(appId: string): bigint {
    const known = keys.get(appId);
    if (known !== undefined) return known;
    if (keys.size >= KEYS_KEPT) keys.clear();
    const key = hash("sha256", appId, "buffer").readBigInt64BE() | 1n;
    keys.set(appId, key);
    return key;
  }

  const toPlace = (key: bigint, probe: number): number =>
    2 * ((Number(BigInt.asUintN(32, key >> 1n)) + probe) % slots);

  function find(key: bigint): number | null {
    for (let probe = 0; probe < PROBES; probe += 1) {
      const place = toPlace(key, probe);
      if (Atomics.load(cells, place) === key) return place;
    }
    return null;
  }

  /** Takes the first slot that is free or over. */
  function take(key: bigint, now: Instant): number {
    for (let probe = 0; probe < PROBES; probe += 1) {
      const place = toPlace(key, probe);
      const before = Atomics.load(cells, place);
      if (before !== 0n && !isOver(Atomics.load(cells, place + 1), now)) continue;
      if (replace(place, before, key)) return place;
    }
    const place = toPlace(key, 0);
    replace(place, Atomics.load(cells, place), key);
    return place;
  }

  /** Two threads that take a slot at once may lose one step of a number. */
  function replace(place: number, before: bigint, key: bigint): boolean {
    if (Atomics.compareExchange(cells, place, before, key) !== before) return false;
    Atomics.store(cells, place + 1, 0n);
    return true;
  }

  return {
    read(appId) {
      const place = find(toKey(appId));
      return place === null ? 0n : Atomics.load(cells, place + 1);
    },
    change(appId, now, change) {
      const key = toKey(appId);
      const place = (find(key) ?? take(key, now)) + 1;
      for (;;) {
        const before = Atomics.load(cells, place);
        const next = change(before);
        if (next === null) return;
        if (Atomics.compareExchange(cells, place, before, next) === before) return;
      }
    },
  };
}
