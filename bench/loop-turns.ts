/**
 * Imported by a measured server before its program: writes down the turns of the event loop that took
 * long, by the CPU time of its thread. That time is the server's even on a machine that does other work.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { monotonicMs } from "./clock.ts";

/** Shorter turns are not written down. */
const LEAST_MS = 5;

// The types do not have it yet; Node has had it since 23.9.
const { threadCpuUsage } = process as unknown as {
  threadCpuUsage(): { readonly user: number; readonly system: number };
};
const file = process.env["BENCH_LOOP_TURNS"];
let usedMs = readUsedMs();

if (isMainThread && file !== undefined) setImmediate(endTurn, file);

function endTurn(to: string): void {
  const now = readUsedMs();
  if (now - usedMs >= LEAST_MS) appendFileSync(to, `${monotonicMs()} ${now - usedMs}\n`);
  usedMs = readUsedMs();
  // Each millisecond, as an immediate alone would keep the loop from ever waiting.
  setTimeout(() => setImmediate(endTurn, to), 1).unref();
}

function readUsedMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}
