/**
 * What an implementation of the store brings to be held against the contract. The suite talks to the
 * `Store` interface only; what no caller could do (move the store's clock, make a backlog of half a
 * million) it asks of the harness.
 */
import type { StoreOptions } from "../../../src/store/options.ts";
import type { Store } from "../../../src/store/store.ts";

export type Harness = {
  readonly name: string;
  /** A new and empty store. */
  open(
    options?: Partial<
      Pick<StoreOptions, "leaseRoom" | "backlogLimit" | "pendingBytesLimit" | "accept">
    >,
  ): Promise<Opened>;
};

export type Opened = AsyncDisposable & {
  /** The store as it is open now: another object after `reopen` and `seedBacklog`. */
  readonly store: Store;
  /** Moves the clock that leases expire by. */
  moveLeaseClock(ms: number): void;
  /** Closes the store and opens what it has kept. */
  reopen(): Promise<void>;
  /** Writes pending deliveries, one event each, due at `dueAt` or, with a key, one behind another. */
  seedBacklog(p: {
    endpointId: string;
    count: number;
    dueAt: number;
    orderingKey: string | null;
  }): Promise<void>;
};

/** 2026-11-22T12:00:00Z: when the contract's stories begin. */
export const START = 1_795_348_800_000;
