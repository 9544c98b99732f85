/** The search index of a filled store: its cost per event, its size, and whether the sweep keeps up. */
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../../src/store/open.ts";
import { monotonicMs } from "../clock.ts";
import type { Server } from "../server.ts";

const SLICE_MS = 10;
const RETENTION_MS = 30 * 86_400_000;
const WINDOW_MS = 48 * 3_600_000;
const POLL_MS = 250;

export type Sealing = {
  readonly tookMs: number;
  /** CPU time of this process, without that of a database server. */
  readonly cpuMs: number;
  /** The longest time that a slice held the writer. */
  readonly longestMs: number;
  readonly slices: number;
};

/** Sweeps without pauses until nothing remains. */
export async function sealAll(url: string, secretKey?: Uint8Array): Promise<Sealing> {
  await using store = await openStore(url, {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
    },
    ...(secretKey === undefined ? {} : { secretKey }),
    postgres: { listenUrl: null },
    onFatal(error) {
      throw error;
    },
  });
  const startedAt = monotonicMs();
  const before = process.cpuUsage();
  let longestMs = 0;
  let slices = 0;
  for (let busy = true; busy; slices++) {
    const now = Date.now();
    const retention = { retentionMs: RETENTION_MS, dedupeWindowMs: WINDOW_MS };
    const swept = await store.upkeep.sweep({ now, ...retention, sliceMs: SLICE_MS });
    longestMs = Math.max(longestMs, swept.heldMs);
    ({ busy } = swept);
  }
  const { user, system } = process.cpuUsage(before);
  return { tookMs: monotonicMs() - startedAt, cpuMs: (user + system) / 1000, longestMs, slices };
}

/** Seconds that the index is behind. */
export async function readLag(server: Server): Promise<number> {
  const line = /^hookline_store\{of="unsealedSeconds"\} (\S+)$/m.exec(await server.metrics());
  if (line === null) throw new Error("the server has no metric of the search index");
  return Number(line[1]);
}

/** The time until nothing waits for the index, or null at the end of `mostMs`. */
export async function untilSealed(server: Server, mostMs: number): Promise<number | null> {
  const startedAt = monotonicMs();
  while ((await readLag(server)) > 0) {
    if (monotonicMs() - startedAt > mostMs) return null;
    await sleep(POLL_MS);
  }
  return monotonicMs() - startedAt;
}
