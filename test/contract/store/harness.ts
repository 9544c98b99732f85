/**
 * The harness of an implementation of the store for the contract suite. The suite uses the `Store` interface
 * only. The harness has the actions that no caller could do, such as moving the store's clock or creating a
 * backlog of half a million.
 */
import type { StoreOptions } from "../../../src/store/options.ts";
import type { Store } from "../../../src/store/store.ts";

export type Harness = {
  readonly name: string;
  /** Opens a new and empty store. */
  open(options?: Partial<Pick<StoreOptions, "leaseRoom" | "limits" | "accept">>): Promise<Opened>;
};

export type Opened = AsyncDisposable & {
  /** The currently open store: another object after `reopen` and `seedBacklog`. */
  readonly store: Store;
  /** Moves the clock by which leases expire. */
  moveLeaseClock(ms: number): void;
  /** Closes the store and opens it again with its data. */
  reopen(): Promise<void>;
  /** All stored bytes by their place: each column of each table, and on SQLite the files. */
  contents(): Promise<ReadonlyMap<string, Buffer>>;
  /** Adds the names of all events to the search index, for which the sweep would wait. */
  sealAll(): Promise<void>;
  /** Writes pending deliveries, one event each. They are due at `dueAt`, or with a key one after another. */
  seedBacklog(p: {
    endpointId: string;
    count: number;
    dueAt: number;
    orderingKey: string | null;
  }): Promise<void>;
};

/** 2026-11-22T12:00:00Z, the start of the contract's cases. */
export const START = 1_795_348_800_000;

/** The options of every store under test; `moved` is how far its clock of leases was moved. */
export function toStoreOptions(
  moved: () => number,
  given: Parameters<Harness["open"]>[0],
): StoreOptions {
  return {
    accept: {
      decide: {
        optOutMatch: "word",
        stopKeywords: ["stop"],
        unstopKeywords: ["start"],
        largeTextBytes: 10_000,
      },
    },
    leaseClock: moved,
    onFatal: (error) => {
      throw error;
    },
    ...given,
  };
}
