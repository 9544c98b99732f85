/** The CPU time of each kind of thread of a server, as the kernel counts it. */
import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds so far, by kind. */
export type ThreadTimes = Readonly<Record<string, number>>;

/** The names that Node and V8 give to their threads. Those of Hookline have its names. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["MainThread", "main"],
  ["V8Worker", "V8"],
  ["libuv-worker", "libuv"],
]);
const NS_PER_MS = 1e6;

/** `schedstat` counts nanoseconds; the ticks of `stat` would be too coarse for a round. */
export function readThreads(pid: number): ThreadTimes {
  const folder = `/proc/${pid}/task`;
  const times: Record<string, number> = {};
  for (const id of readdirSync(folder)) {
    const thread = readThread(`${folder}/${id}`);
    if (thread !== null) times[thread.kind] = (times[thread.kind] ?? 0) + thread.ms;
  }
  return times;
}

/** Null for a thread that has ended meanwhile. */
function readThread(folder: string): { readonly kind: string; readonly ms: number } | null {
  try {
    const name = readFileSync(`${folder}/comm`, "utf8").trim();
    const [ns] = readFileSync(`${folder}/schedstat`, "utf8").split(" ");
    return { kind: KINDS.get(name) ?? name, ms: Number(ns) / NS_PER_MS };
  } catch {
    return null;
  }
}

/** Milliseconds per 1,000 of each kind, the most first. */
export function showThreads(p: {
  readonly before: ThreadTimes;
  readonly after: ThreadTimes;
  readonly count: number;
}): string {
  return Object.entries(p.after)
    .map(([kind, ms]) => [kind, (ms - (p.before[kind] ?? 0)) / (p.count / 1000)] as const)
    .filter(([, ms]) => ms >= 0.5)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, ms]) => `${kind} ${ms.toFixed(0)}`)
    .join(", ");
}
