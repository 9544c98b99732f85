/**
 * One node of a simulated run: the real engine, cut off as a fault would cut it. A crash loses its timers and
 * the responses on their way. Calls that have reached the store still take effect. A stall (SIGSTOP, a paused
 * machine) makes everything reach it late, at once. A partition keeps its calls from the store while the
 * other node's pass.
 */
import { createStoredAnswerBytes } from "../../src/delivery/limits/stored-answer-bytes.ts";
import { AppError } from "../../src/core/error.ts";
import { createIdSource } from "../../src/core/ids/ids.ts";
import { startEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import type { EngineLimits, EngineOptions } from "../../src/delivery/engine-options.ts";
import type { Store } from "../../src/store/store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { Random } from "./random.ts";
import { BACKGROUND_MS } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

export type SimulatedNode = {
  readonly owner: string;
  isAlive: boolean;
  stalledUntil: number;
  partitionedUntil: number;
  /** Delivers a call to the node: late when it is stalled, never when it is dead. */
  deliver(call: () => void): void;
  crash(): void;
  /** Stops the node gracefully, as before an upgrade. */
  stop(): void;
};

/** The engine's settings of every run. `disableAfterMs` is short enough for a run of 72 hours. */
const SETTINGS: EngineOptions["settings"] = {
  retentionMs: 30 * 24 * 3_600_000,
  dedupeWindowMs: 48 * 3_600_000,
  answerKeepSuccessBytes: 1024,
  answerKeepFailureBytes: 4096,
  signatureHeaders: "both",
  disableAfterMs: 5 * 24 * 3_600_000,
  sendblueWaitsMs: [30_000, 120_000, 600_000],
  sendblueRetry4xx: "yes",
  chirpWaitsMs: [10_000, 60_000, 300_000, 1_800_000, 7_200_000],
};
const GRACE_MS = 3000;
/** A publish takes several parts of so few deliveries. */
const PART_LIMIT = 2;
const SILENT = createLogger({ level: "silent", pretty: false, target: { write: () => undefined } });
const KEY = new Uint8Array(32);

export function startNode(given: {
  owner: string;
  store: Store;
  timeline: Timeline;
  random: Random;
  limits: Partial<EngineLimits>;
  send: (
    node: SimulatedNode,
    request: Parameters<EngineOptions["sender"]["send"]>[0],
  ) => ReturnType<EngineOptions["sender"]["send"]>;
  render: EngineOptions["render"];
}): SimulatedNode {
  const { owner, timeline, random } = given;
  let engine: Engine | null = null;
  const node: SimulatedNode = {
    owner,
    isAlive: true,
    stalledUntil: 0,
    partitionedUntil: 0,
    deliver(call) {
      if (!node.isAlive) return;
      if (timeline.now() >= node.stalledUntil) return call();
      timeline.at(node.stalledUntil, () => node.deliver(call));
    },
    crash() {
      node.isAlive = false;
    },
    stop() {
      if (engine === null) return node.crash();
      void engine.stop({ graceMs: GRACE_MS }).then(() => node.crash());
    },
  };

  function reach<P, R>(call: (p: P) => Promise<R>): (p: P) => Promise<R> {
    return (p) =>
      new Promise((resolve, reject) => {
        if (!node.isAlive) return;
        const asked =
          timeline.now() < node.partitionedUntil
            ? Promise.reject(new AppError("store_unavailable", "It cannot be reached."))
            : call(p);
        asked.then(
          (value) => node.deliver(() => resolve(value)),
          (error: unknown) => node.deliver(() => reject(error)),
        );
      });
  }

  void startEngine({
    store: toSimulatedStore(given.store, node, reach),
    sender: { send: (request) => given.send(node, request) },
    render: given.render,
    storedAnswers: createStoredAnswerBytes(1e9),
    keys: { current: { key: KEY, keyId: 1 }, previous: null, isSettled: true },
    clock: {
      now: timeline.now,
      elapsed: timeline.now,
      setTimer(at, call) {
        const kind = at - timeline.now() <= BACKGROUND_MS ? "background" : undefined;
        const late = random.chance(0.1) ? random.below(20) : 0;
        let isOff = false;
        const cancel = timeline.at(
          Math.ceil(at) + late,
          () => node.deliver(() => isOff || call()),
          kind,
        );
        return () => {
          isOff = true;
          cancel();
        };
      },
    },
    ids: createIdSource({ now: timeline.now, randomBytes: random.bytes }),
    telemetry: { logger: SILENT, metrics: createMetrics({ processMetrics: false }) },
    owner,
    version: "0.0.0-sim",
    settings: SETTINGS,
    limits: given.limits,
  }).then((started) => {
    engine = started;
  });
  return node;
}

type Reach = <P, R>(call: (p: P) => Promise<R>) => (p: P) => Promise<R>;
type Params = Record<string, unknown>;

/** The calls by which the store notifies the engine: the listener is a member of the parameters. */
const LISTENING: ReadonlySet<string | symbol> = new Set(["listen", "onChanged", "onFreed"]);
/** Constants, which need no call of the store. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(["pollIntervalMs", "batchDelayMs"]);

function toSimulatedStore(store: Store, node: SimulatedNode, reach: Reach): EngineOptions["store"] {
  const through = <T extends object>(noun: T): T =>
    new Proxy(noun, {
      get(methods, name) {
        const method = methods[name as keyof T];
        if (typeof method !== "function" || AT_ONCE.has(name)) return method;
        return LISTENING.has(name) ? (p: Params) => method(gated(p)) : reach(method as never);
      },
    });
  const gated = (p: Params): Params =>
    Object.fromEntries(
      Object.entries(p).map(([name, value]) => [
        name,
        typeof value === "function"
          ? (...args: unknown[]) => node.deliver(() => value(...args))
          : value,
      ]),
    );
  const { upkeep, jobs, fanOuts } = store;
  // The size of a slice depends on a real clock, which no seed reproduces.
  const sliceMs = 60_000;
  return {
    endpoints: through(store.endpoints),
    queue: through(store.queue),
    shards: through(store.shards),
    series: through(store.series),
    jobs: through({ ...jobs, step: (p) => jobs.step({ ...p, sliceMs }) }),
    fanOuts: through({
      ...fanOuts,
      step: (p) => fanOuts.step({ ...p, sliceMs, limit: PART_LIMIT }),
    }),
    upkeep: through({
      ...upkeep,
      sweep: async (p) => ({ ...(await upkeep.sweep({ ...p, sliceMs })), heldMs: 0 }),
    }),
  };
}
