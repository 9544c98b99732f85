/**
 * The engine with the real SQLite store, the guarded sender, and receivers on loopback. Only the clock is
 * moved by the test. The renderer writes the whole snapshot, so a body shows any change of the data that an
 * attempt could read.
 */
import { createStoredAnswerBytes } from "../../src/delivery/limits/stored-answer-bytes.ts";
import { randomBytes } from "node:crypto";
import { createIdSource } from "../../src/core/ids/ids.ts";
import type { KeptDetail } from "../../src/core/delivery/attempt-detail.ts";
import type { NewEvent } from "../../src/core/decide-types.ts";
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS } from "../../src/core/messages/optout.ts";
import { encrypt, ENCRYPTION_IV_BYTES } from "../../src/core/crypto/encrypt.ts";
import { headersContext, secretContext } from "../../src/core/crypto/encryption-context.ts";
import { startEngine } from "../../src/delivery/engine.ts";
import type { Engine } from "../../src/delivery/engine.ts";
import { limitsWith, toLeaseRoom, type EngineOptions } from "../../src/delivery/engine-options.ts";
import type { Render } from "../../src/delivery/attempt/attempt.ts";
import type { Endpoint } from "../../src/store/interface/endpoints.ts";
import { newApp, newEndpoint } from "../contract/store/fixtures.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openTestSender } from "../net/sender.ts";
import { createMovedClock } from "./moved-clock.ts";

export const START = 1_795_348_800_000;
const HOUR_MS = 3_600_000;
const KEY = randomBytes(32);

export const ENGINE_SETTINGS: EngineOptions["settings"] = {
  retentionMs: 30 * 24 * HOUR_MS,
  dedupeWindowMs: 48 * HOUR_MS,
  answerKeepSuccessBytes: 1024,
  answerKeepFailureBytes: 4096,
  signatureHeaders: "both",
  disableAfterMs: 5 * 24 * HOUR_MS,
  sendblueWaitsMs: [30_000, 120_000, 600_000],
  sendblueRetry4xx: "yes",
  chirpWaitsMs: [10_000, 60_000, 300_000, 1_800_000, 7_200_000],
};

export const renderSnapshot: Render = (snapshot) => ({
  body: JSON.stringify(snapshot, (_name, value: unknown) =>
    typeof value === "bigint" ? `${value}` : value,
  ),
  contentType: "application/json",
  headers: {},
  query: null,
  dedupeId: snapshot.eventId,
});

export type EngineWorld = Awaited<ReturnType<typeof openEngineWorld>>;

/** `wrap` may insert faults between the engine and the store. The test's calls go to the store directly. */
export async function openEngineWorld(
  options: {
    path?: string;
    wrap?: (store: Store) => EngineOptions["store"];
    render?: Render;
    limits?: EngineOptions["limits"];
    /** The clock by which leases expire in the store; the real one by default. */
    leaseClock?: () => number;
    keptDetail?: KeptDetail;
  } = {},
) {
  const clock = createMovedClock(START);
  const ids = createIdSource({ now: clock.now, randomBytes: (count) => randomBytes(count) });
  const store = await openStore(`sqlite:${options.path ?? ":memory:"}`, {
    accept: {
      decide: {
        optOutMatch: "word",
        largeTextBytes: 5000,
        stopKeywords: [...DEFAULT_STOP_KEYWORDS],
        unstopKeywords: [...DEFAULT_UNSTOP_KEYWORDS],
      },
    },
    leaseRoom: toLeaseRoom(limitsWith(options.limits)),
    ...(options.leaseClock === undefined ? {} : { leaseClock: options.leaseClock }),
    onFatal(error) {
      throw error;
    },
  });
  const { keptDetail = "failures" } = options;
  const sender = openTestSender({ keptDetail });
  const lines: string[] = [];
  const { value: app } = await store.apps.create({ app: newApp(), idempotencyKey: null });
  const engines: Engine[] = [];
  let metrics = createMetrics({ processMetrics: false });

  async function start(more: Partial<EngineOptions> = {}): Promise<Engine> {
    metrics = createMetrics({ processMetrics: false });
    const engine = await startEngine({
      store: options.wrap?.(store) ?? store,
      sender,
      render: options.render ?? renderSnapshot,
      storedAnswers: createStoredAnswerBytes(1e9),
      keys: { current: { key: KEY, keyId: 1 }, previous: null, isSettled: true },
      clock,
      ids,
      telemetry: {
        logger: createLogger({
          level: "debug",
          pretty: false,
          target: { write: (line) => void lines.push(line) },
        }),
        metrics,
      },
      owner: `node-${engines.length + 1}`,
      version: "0.0.0-test",
      settings: ENGINE_SETTINGS,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...more,
    });
    engines.push(engine);
    return engine;
  }

  function encryptFor(boundTo: string, plaintext: string): Uint8Array {
    return encrypt({
      key: KEY,
      keyId: 1,
      plaintext,
      context: boundTo,
      iv: randomBytes(ENCRYPTION_IV_BYTES),
    });
  }

  return {
    clock,
    store,
    sender,
    app,
    start,
    log: () => lines.join(""),
    /** The metrics of the engine that was started last. */
    scrape: () => metrics.registry.metrics(),
    /** Creates an endpoint with an encrypted `secret` and encrypted `headers`, as an operation does. */
    async makeEndpoint(
      fields: Partial<Endpoint>,
      encrypted: { secret?: string; headers?: Record<string, string> } = {},
    ): Promise<Endpoint> {
      const draft = newEndpoint(app.id, { secrets: [], authentication: [], ...fields });
      const { endpointId } = draft;
      const { secret, headers } = encrypted;
      const created = await store.endpoints.create({
        appRef: draft.appId,
        idempotencyKey: null,
        endpoint: {
          ...draft,
          ...(secret === undefined
            ? {}
            : {
                secrets: [
                  {
                    encrypted: encryptFor(secretContext(endpointId), secret),
                    createdAt: START,
                    expiresAt: null,
                  },
                ],
              }),
          ...(headers === undefined
            ? {}
            : {
                encryptedHeaders: encryptFor(headersContext(endpointId), JSON.stringify(headers)),
                headerNames: Object.keys(headers),
              }),
        },
      });
      if (created === null) throw new Error("the application is gone");
      return created.value;
    },
    async publish(...events: NewEvent[]): Promise<void> {
      const result = await store.accept.publish({
        appRef: app.id,
        createApp: null,
        events,
        onDuplicate: "refuse",
        idempotencyKey: null,
        acceptedAt: clock.now(),
      });
      if (result.kind === "refused") throw new Error(`refused: ${result.code} ${result.message}`);
    },
    /** State and due time of the endpoint's deliveries, newest first. */
    async deliveries(endpointId: string) {
      const page = await store.history.deliveriesOfEndpoint({
        appRef: app.id,
        endpointRef: endpointId,
        window: { after: null, limit: 250, backward: false, ascending: false },
        filter: {},
      });
      return page?.items ?? [];
    },
    async attempts(endpointId: string) {
      const page = await store.history.attemptsOfEndpoint({
        appRef: app.id,
        endpointRef: endpointId,
        window: { after: null, limit: 250, backward: false, ascending: true },
        filter: {},
        withEvent: false,
      });
      return page?.items ?? [];
    },
    async [Symbol.asyncDispose]() {
      // The clock stands still, so a grace period would never end.
      for (const engine of engines) await engine.stop({ graceMs: 0 });
      await sender[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Polls until the condition is true. Fails with the last value at the deadline. */
export async function eventually<T>(
  poll: () => T | Promise<T>,
  isSo: (seen: T) => boolean,
  deadlineMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await poll();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline)
      throw new Error(`never true; last value ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
