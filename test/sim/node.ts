/**
 * One node of a simulated run: the real engine, cut off as a fault would cut it. A crash loses its timers and
 * the responses on their way. Calls that have reached the store still take effect. A stall (SIGSTOP, a paused
 * machine) makes everything reach it late, at once. A partition keeps its calls from the store while the
 * other node's pass.
 *
 * With sender threads a node has an owner of shards for each, and its upkeep apart. Everything that reaches an owner
 * from the store comes by one of two channels with some delay: that of the writer, and that of the main thread.
 */
import { createStoredAnswerBytes } from "../../src/delivery/limits/stored-answer-bytes.ts";
import { AppError } from "../../src/core/error.ts";
import { createIdSource } from "../../src/core/ids/ids.ts";
import { toSenderName } from "../../src/core/ids/node-name.ts";
import { startEngine } from "../../src/delivery/engine.ts";
import { startSending } from "../../src/delivery/sending.ts";
import { createAttemptSums } from "../../src/delivery/series/attempt-sums.ts";
import { startUpkeep } from "../../src/delivery/upkeep.ts";
import type { EngineLimits, EngineOptions } from "../../src/delivery/engine-options.ts";
import type { Store } from "../../src/store/store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { Random } from "./random.ts";
import { BACKGROUND_MS } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

export type SimulatedNode = {
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
  /** Sender threads; 0 sends on the main thread. */
  senders: number;
  store: Store;
  timeline: Timeline;
  random: Random;
  limits: Partial<EngineLimits>;
  send: (
    node: SimulatedNode,
    request: Parameters<EngineOptions["sender"]["send"]>[0],
    owner: string,
  ) => ReturnType<EngineOptions["sender"]["send"]>;
  render: EngineOptions["render"];
}): SimulatedNode {
  const { timeline, random } = given;
  const stops: ((p: { graceMs: number }) => Promise<void>)[] = [];
  const node: SimulatedNode = {
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
      if (stops.length === 0) return node.crash();
      void Promise.all(stops.map((stop) => stop({ graceMs: GRACE_MS }))).then(() => node.crash());
    },
  };

  function reach<P, R>(call: (p: P) => Promise<R>, by: Channel): (p: P) => Promise<R> {
    return (p) =>
      new Promise((resolve, reject) => {
        if (!node.isAlive) return;
        const asked =
          timeline.now() < node.partitionedUntil
            ? Promise.reject(new AppError("store_unavailable", "It cannot be reached."))
            : call(p);
        asked.then(
          (value) => by(() => node.deliver(() => resolve(value))),
          (error: unknown) => by(() => node.deliver(() => reject(error))),
        );
      });
  }

  const toOptions = (owner: string, channels: Channels) => ({
    store: toSimulatedStore(given.store, { node, reach, channels }),
    sender: {
      send: (request: Parameters<EngineOptions["sender"]["send"]>[0]) =>
        given.send(node, request, owner),
    },
    render: given.render,
    storedAnswers: createStoredAnswerBytes(1e9),
    keys: { current: { key: KEY, keyId: 1 }, previous: null, isSettled: true },
    clock: toClock(node, given),
    ids: createIdSource({ now: timeline.now, randomBytes: random.bytes }),
    telemetry: { logger: SILENT, metrics: createMetrics({ processMetrics: false }) },
    owner,
    version: "0.0.0-sim",
    settings: SETTINGS,
    limits: given.limits,
  });

  if (given.senders === 0) {
    void startEngine(toOptions(given.owner, AT_ONCE_CHANNELS)).then(({ stop }) => stops.push(stop));
    return node;
  }
  const siblings = Array.from({ length: given.senders }, (_, n) =>
    toSenderName(given.owner, n + 1),
  );
  const { shards = 256 } = given.limits;
  const limits = { ...given.limits, shards: Math.ceil(shards / given.senders) };
  for (const owner of siblings) {
    const channels = { writer: createChannel(given), main: createChannel(given) };
    const options = { ...toOptions(owner, channels), limits, siblings };
    void startSending(options).then(({ stop }) => stops.push(stop));
  }
  const upkeep = startUpkeep({
    ...toOptions(given.owner, AT_ONCE_CHANNELS),
    sums: createAttemptSums(),
    emit: () => undefined,
  });
  stops.push(async () => upkeep.stop());
  return node;
}

function toClock(
  node: SimulatedNode,
  { timeline, random }: { timeline: Timeline; random: Random },
): EngineOptions["clock"] {
  return {
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
  };
}

/** Passes messages on in their order. */
type Channel = (message: () => void) => void;
type Channels = { readonly writer: Channel; readonly main: Channel };

const LONGEST_HOP_MS = 5;
const AT_ONCE_CHANNELS: Channels = { writer: (message) => message(), main: (message) => message() };

function createChannel({ timeline, random }: { timeline: Timeline; random: Random }): Channel {
  let lastAt = 0;
  return (message) => {
    lastAt = Math.max(lastAt, timeline.now() + random.below(LONGEST_HOP_MS));
    timeline.at(lastAt, message);
  };
}

type Reach = <P, R>(call: (p: P) => Promise<R>, by: Channel) => (p: P) => Promise<R>;
type Params = Record<string, unknown>;

/** The calls by which the store notifies the engine: the listener is a member of the parameters. */
const LISTENING: ReadonlySet<string | symbol> = new Set(["listen", "onChanged", "onFreed"]);
/** Constants, which need no call of the store. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(["pollIntervalMs", "batchDelayMs"]);

/** The calls of `queue` use the channel of the writer, and all others that of the main thread. */
function toSimulatedStore(
  store: Store,
  { node, reach, channels }: { node: SimulatedNode; reach: Reach; channels: Channels },
): EngineOptions["store"] {
  const through = <T extends object>(noun: T, by = channels.main): T =>
    new Proxy(noun, {
      get(methods, name) {
        const method = methods[name as keyof T];
        if (typeof method !== "function" || AT_ONCE.has(name)) return method;
        return LISTENING.has(name)
          ? (p: Params) => method(gated(p, by))
          : reach(method as never, by);
      },
    });
  const gated = (p: Params, by: Channel): Params =>
    Object.fromEntries(
      Object.entries(p).map(([name, value]) => [
        name,
        typeof value === "function"
          ? (...args: unknown[]) => by(() => node.deliver(() => value(...args)))
          : value,
      ]),
    );
  const { upkeep, jobs, fanOuts } = store;
  // The size of a slice depends on a real clock, which no seed reproduces.
  const sliceMs = 60_000;
  return {
    endpoints: through(store.endpoints),
    queue: through(store.queue, channels.writer),
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
