/** Compares a store that has a large backlog with one that has a small backlog. */
import assert from "node:assert/strict";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, startEngine } from "./fixtures.ts";
import { START, type Harness, type Opened } from "./harness.ts";

export type Beside = {
  readonly store: Store;
  readonly appId: string;
  /** Id of the endpoint that has the backlog. */
  readonly dead: string;
  /** Id of an endpoint of the same application without one. */
  readonly live: string;
  readonly owner: string;
};

/** Some of the work ends a hundred deliveries each time. */
const SMALL_COUNT = 3_000;
/** Work that grew with the backlog would take 30 times as long at least. */
const MOST_TIMES = 5;
/** For work that is shorter than the switches between threads. Reading a large backlog takes far longer. */
const FLOOR_MS = 10;
/** `assertFlat` runs the work at most this many times as often. */
export const MOST_ROUNDS = 3;

type Backlog = { readonly count: number; readonly orderingKey: string | null };

/** The first store has the small backlog, and the second one the large one. */
export type BesideBacklog = AsyncDisposable & { readonly both: readonly Beside[] };

export async function openBesideBacklog(harness: Harness, p: Backlog): Promise<BesideBacklog> {
  await using opened = new AsyncDisposableStack();
  const small = opened.use(await harness.open());
  const large = opened.use(await harness.open());
  const both = [await seed(small, { ...p, count: SMALL_COUNT }), await seed(large, p)];
  const kept = opened.move();
  return { both, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function seed(opened: Opened, p: Backlog): Promise<Beside> {
  const types = [{ eventTypes: ["dead"] }, { eventTypes: ["live"] }];
  const { app, endpoints } = await makeApp(opened.store, ...types);
  const [dead, live] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
  await opened.seedBacklog({ ...p, endpointId: dead, dueAt: START });
  const { store } = opened;
  const { owner } = await startEngine(store);
  return { store, appId: app.id, dead, live, owner };
}

/**
 * The two stores do the work in turn, so other load of the machine is the same for both. Only the fastest runs
 * are compared: an interruption makes single runs slower, but reading a backlog makes all of them slower. While
 * the large backlog looks slower, there are up to three times as many runs.
 */
export async function assertFlat(
  name: string,
  both: readonly Beside[],
  times: number,
  work: (beside: Beside) => Promise<unknown>,
): Promise<void> {
  const fastest: [number, number] = [Infinity, Infinity];
  const isFlat = () => fastest[1] <= MOST_TIMES * fastest[0] + FLOOR_MS;
  for (let i = 0; i < times || (i < times * MOST_ROUNDS && !isFlat()); i++) {
    for (const [n, beside] of both.entries()) {
      const begunAt = performance.now();
      await work(beside);
      fastest[n] = Math.min(fastest[n] as number, performance.now() - begunAt);
    }
  }
  const [small, large] = fastest;
  assert.ok(isFlat(), `${name}: ${small} ms, and with a large backlog ${large} ms`);
}
