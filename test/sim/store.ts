/**
 * The real SQLite store, in memory and without its thread: the same statements, group commit and main-thread
 * side. The instants of commits are drawn, so a seed decides which calls share a transaction. While it is
 * `away` every call is rejected and nothing is changed.
 */
import { DEFAULT_LEASE_ROOM } from "../../src/store/queue/lease-room.ts";
import { AppError } from "../../src/core/error.ts";
import { toLimitValues } from "../../src/core/limits.ts";
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS } from "../../src/core/messages/optout.ts";
import type { Publish } from "../../src/store/interface/accept.ts";
import type { LeasedListener, LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";
import type { HeldShard } from "../../src/store/interface/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { PublishReply } from "../../src/store/sqlite/accept/accept.ts";
import { MEMORY } from "../../src/store/sqlite/connection.ts";
import {
  runGroup,
  type Answer,
  type Call,
  type Operations,
} from "../../src/store/sqlite/thread/group-commit.ts";
import { readLeased, type LeasedWire } from "../../src/store/sqlite/thread/leased-wire.ts";
import { openWriter } from "../../src/store/sqlite/thread/make-writer.ts";
import type { ChangeNote } from "../../src/store/sqlite/thread/after-commit.ts";
import { READS } from "../../src/store/sqlite/thread/reads.ts";
import { clearOwners, hold } from "../../src/store/sqlite/queue/shards.ts";
import { createStore } from "../../src/store/sqlite/store.ts";
import type { Writer } from "../../src/store/sqlite/thread/writer-types.ts";
import { WRITES } from "../../src/store/sqlite/thread/writes.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** One committed call, with its leased deliveries. */
export type Committed = Pick<Call, "name" | "p"> & {
  readonly value: unknown;
  readonly leased: readonly LeasedDelivery[];
};

export type SimulatedStore = {
  readonly store: Store;
  readonly writer: Writer;
  isAway: boolean;
  /** Clears the owners, as when the only process that had the file has ended: not while another node is alive. */
  clearOwners(): void;
  close(): void;
};

type Waiting = Call & { resolve(value: unknown): void; reject(error: unknown): void };

/** The number of shards in a run. */
export const SHARDS = 4;
const COMMIT_MS = [1, 4] as const;
const SLOW_COMMIT_MS = [50, 400] as const;

export function openSimulatedStore(p: {
  timeline: Timeline;
  random: Random;
  leaseRoom: number;
  inlineDeliveries: number;
  onCommitted: (calls: readonly Committed[]) => void;
}): SimulatedStore {
  const { timeline, random } = p;
  const open = openWriter({
    path: MEMORY,
    decide: {
      optOutMatch: "word",
      largeTextBytes: 5000,
      stopKeywords: [...DEFAULT_STOP_KEYWORDS],
      unstopKeywords: [...DEFAULT_UNSTOP_KEYWORDS],
    },
    leaseRoom: { ...DEFAULT_LEASE_ROOM, endpoint: p.leaseRoom },
    limits: toLimitValues({
      pendingDeliveries: 100_000,
      inlineDeliveries: p.inlineDeliveries,
    }),
  });
  const { writer } = open;
  const engines = new Map<string, LeasedListener>();
  const changeListeners: ((change: ChangeNote) => void)[] = [];
  const operations = createOperations();
  let waiting: Waiting[] = [];
  let isClosed = false;
  let lastId = 0;

  const self: SimulatedStore = {
    writer,
    isAway: false,
    clearOwners() {
      clearOwners(writer);
      writer.state.forgetShards();
      writer.state.committed();
    },
    close() {
      isClosed = true;
      writer.db.close();
    },
    store: createStore({
      readers: null,
      writer: {
        leaseClock: timeline.now,
        call: (name, params) =>
          new Promise((resolve, reject) => {
            waiting.push({ id: ++lastId, name, p: params, resolve, reject });
            if (waiting.length > 1) return;
            const [least, greatest] = random.chance(0.02) ? SLOW_COMMIT_MS : COMMIT_MS;
            timeline.at(timeline.now() + random.between(least, greatest), commit);
          }),
        listen(owner, onLeased) {
          engines.set(owner, onLeased);
          open.listening.add(owner);
        },
        onChanged: (listener) => void changeListeners.push(listener),
        openPort() {
          throw new Error("a simulated node has no threads");
        },
        close: () => Promise.resolve(),
      },
    }),
  };

  function commit(): void {
    if (isClosed) return;
    const calls = waiting;
    waiting = [];
    if (self.isAway) {
      for (const { reject } of calls) reject(new AppError("store_unavailable", "It is away."));
      return;
    }
    open.setLeaseNow(timeline.now());
    const result = runGroup(writer, { calls, operations, failpoint: null });
    if (result.fatal !== null) throw result.fatal as Error;
    const committed = calls.flatMap((call, n) => toCommitted(call, result.answers[n] as Answer));
    p.onCommitted(committed);
    for (const change of result.changed) for (const listener of changeListeners) listener(change);
    notifyEngines(
      committed,
      result.due.map(({ endpointId, shard }) => ({
        endpointId,
        owner: writer.state.shards()[shard]?.owner ?? null,
      })),
    );
    for (const [n, { resolve, reject }] of calls.entries()) {
      const answer = result.answers[n] as Answer;
      if (answer.ok) resolve(answer.value);
      else reject(answer.error);
    }
  }

  function notifyEngines(
    committed: readonly Committed[],
    due: readonly { endpointId: string; owner: string | null }[],
  ): void {
    const handed = committed.filter(({ name }) => name === "accept.publish");
    for (const [owner, engine] of engines) {
      const mine = handed
        .flatMap(({ leased }) => leased)
        .filter((each) => findOwner(each) === owner);
      const endpoints = due.filter((each) => each.owner === owner).map((each) => each.endpointId);
      if (mine.length > 0 || endpoints.length > 0) engine(mine, endpoints);
    }
  }

  function findOwner({ shard }: LeasedDelivery): string | null {
    return writer.state.shards()[shard]?.owner ?? null;
  }

  return self;
}

function toCommitted(call: Call, answer: Answer): Committed[] {
  if (!answer.ok) return [];
  const { value } = answer;
  const leased: LeasedDelivery[] = [];
  const keep = (_owner: string, delivery: LeasedDelivery) => void leased.push(delivery);
  if (call.name === "queue.claim") readLeased((value as { leased: LeasedWire }).leased, [], keep);
  if (call.name === "accept.publish") {
    const wire = (value as PublishReply).leased;
    if (wire !== null) readLeased(wire, (call.p as Publish).events, keep);
  }
  return [{ name: call.name, p: call.p, value, leased }];
}

/** The calls of the writer thread, where the single connection of a store in memory answers queries too. */
function createOperations(): Operations {
  const reads = Object.entries(READS as Record<string, (reader: never, p: never) => unknown>).map(
    ([name, read]) =>
      [
        name,
        (writer: Writer, p: never) =>
          read({ ...writer, checkDeadline: () => undefined } as never, p),
      ] as const,
  );
  return { ...Object.fromEntries(reads), ...WRITES, "shards.hold": holdFew };
}

/** Leases only some shards; the others appear to have an owner that never dies. */
function holdFew(writer: Writer, p: Parameters<typeof hold>[1]): readonly HeldShard[] {
  const shards = () => writer.state.shards().slice(0, SHARDS);
  return hold({ ...writer, state: { ...writer.state, shards } }, p);
}
