/**
 * The order of waiting publishes (I4): applications take turns by weight, and the publishes of one
 * application keep their order. This is start-time fair queueing. A publish starts where the previous one of
 * its application finished, or at the present if the application has had its share. The earliest start is
 * next. So an application with little to publish waits for the group under way, and not for the backlogs of
 * others, however many they are.
 */
import { createMinHeap } from "./min-heap.ts";

export type Turn<T> = {
  readonly item: T;
  /** The application, by one name. */
  readonly app: string;
  /** At least 1. */
  readonly weight: number;
};

export type AcceptTurns<T> = {
  /** Number of waiting publishes. */
  readonly size: number;
  add(turn: Turn<T>): void;
  /** The publish that is next; null when each waiting one is held. */
  first(): Turn<T> | null;
  /** Removes the publish that is next. */
  take(): void;
  /** The next publish remains next, although others may start earlier from now on. */
  keepFirst(): void;
  /** The application has no turn until it is released. */
  hold(app: string): void;
  release(app: string): void;
  /** The application's publishes cost this much more than their weights, so its next one starts later. */
  charge(app: string, weight: number): void;
};

type Waiting<T> = Turn<T> & {
  /** The present when the publish arrived. */
  readonly arrivedAt: number;
  behind: Waiting<T> | null;
};

/** An application that waits, or that was served recently. */
type Line<T> = {
  readonly app: string;
  head: Waiting<T> | null;
  last: Waiting<T> | null;
  /** The start of the head in the heap. */
  start: number;
  /** The end of its last publish, before which the next one does not start. */
  finish: number;
  /** Order among equal starts and weights. */
  arrival: number;
  isHeld: boolean;
  /** A held line stays in the heap until it comes first there. */
  isInHeap: boolean;
};

/** Number of lines above which those that have no later start than a new one are forgotten. */
const KEPT_LINES = 1_000;

export function createAcceptTurns<T>(): AcceptTurns<T> {
  const lines = new Map<string, Line<T>>();
  const heap = createMinHeap<Line<T>>(isBefore);
  /** The latest start of a publish that had its turn. */
  let present = 0;
  let size = 0;
  let arrivals = 0;
  let forgetAt = KEPT_LINES;

  function ensureLine(app: string): Line<T> {
    let line = lines.get(app);
    if (line === undefined) {
      line = {
        app,
        head: null,
        last: null,
        start: 0,
        finish: 0,
        arrival: 0,
        isHeld: false,
        isInHeap: false,
      };
      lines.set(app, line);
    }
    return line;
  }

  function enter(line: Line<T>): void {
    if (line.head === null || line.isHeld || line.isInHeap) return;
    if (line.start !== -Infinity) line.start = findStart(line);
    line.arrival = arrivals += 1;
    line.isInHeap = true;
    heap.add(line);
  }

  function leave(): Line<T> | undefined {
    const line = heap.removeFirst();
    if (line !== undefined) line.isInHeap = false;
    return line;
  }

  /** A line that was charged while in the heap moves back when it comes first. */
  function firstLine(): Line<T> | undefined {
    for (;;) {
      const line = heap.first();
      if (line === undefined) return undefined;
      const isLater = line.start !== -Infinity && line.start < findStart(line);
      if (!line.isHeld && !isLater) return line;
      leave();
      enter(line);
    }
  }

  /** Without waiting publishes there is nothing to be fair about. */
  function forgetIdle(): void {
    for (const [app, { head, finish, isHeld }] of lines) {
      if (head === null && !isHeld && (size === 0 || finish <= present)) lines.delete(app);
    }
    forgetAt = 2 * lines.size + KEPT_LINES;
  }

  return {
    get size() {
      return size;
    },
    add({ item, app, weight }) {
      if (lines.size >= forgetAt) forgetIdle();
      const line = ensureLine(app);
      const one: Waiting<T> = { item, app, weight, arrivedAt: present, behind: null };
      size += 1;
      if (line.last !== null) {
        line.last.behind = one;
        line.last = one;
        return;
      }
      line.head = one;
      line.last = one;
      enter(line);
    },
    first: () => firstLine()?.head ?? null,
    take() {
      const line = firstLine();
      if (line === undefined || line.head === null) return;
      leave();
      const start = findStart(line);
      line.start = 0;
      present = Math.max(present, start);
      const { head } = line;
      line.finish = start + head.weight;
      line.head = head.behind;
      // One that reached the old heap would keep all behind it in the young one (`core/places.ts`).
      head.behind = null;
      if (line.head === null) line.last = null;
      size -= 1;
      enter(line);
      if (size === 0) forgetIdle();
    },
    keepFirst() {
      const line = firstLine();
      if (line === undefined) return;
      present = Math.max(present, line.start);
      line.start = -Infinity;
    },
    hold(app) {
      ensureLine(app).isHeld = true;
    },
    release(app) {
      const line = lines.get(app);
      if (line === undefined || !line.isHeld) return;
      line.isHeld = false;
      enter(line);
    },
    charge(app, weight) {
      const line = ensureLine(app);
      line.finish = Math.max(line.finish, present) + weight;
    },
  };
}

function findStart<T>({ head, finish }: Line<T>): number {
  return Math.max(head?.arrivedAt ?? 0, finish);
}

/** Among equal starts the lighter publish is first: backlogs of equal batches have equal starts. */
function isBefore<T>(a: Line<T>, b: Line<T>): boolean {
  if (a.start !== b.start) return a.start < b.start;
  const [weightA, weightB] = [a.head?.weight ?? 0, b.head?.weight ?? 0];
  return weightA === weightB ? a.arrival < b.arrival : weightA < weightB;
}
