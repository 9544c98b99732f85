import type { Timeline } from "./timeline.ts";

/** Replaces the platform's timers, which waits for the end of a lease use. */
export function takeTimers(timeline: Timeline): () => void {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = ((call: () => void, ms: number) =>
    timeline.at(timeline.now() + ms, call)) as never;
  globalThis.clearTimeout = ((cancel?: () => void) => cancel?.()) as never;
  return () => {
    globalThis.setTimeout = set;
    globalThis.clearTimeout = clear;
  };
}
