/** Sends all pending deliveries of a store with an engine, and returns the receipts in their order. */
import { createStoredAnswerBytes } from "../../src/delivery/limits/stored-answer-bytes.ts";
import { randomBytes } from "node:crypto";
import { createIdSource } from "../../src/core/ids/ids.ts";
import { startEngine } from "../../src/delivery/engine.ts";
import type { Store } from "../../src/store/store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openTestSender } from "../net/sender.ts";
import { ENGINE_SETTINGS, eventually, renderSnapshot } from "./engine.ts";
import { ALL_DUE } from "./filled-store.ts";
import { createMovedClock } from "./moved-clock.ts";
import type { Receipt, Receiver } from "./receiver.ts";

const TICK_MS = 500;
/** The number of polls without a change before the clock moves on. */
const QUIET_POLLS = 20;

/** Resolves when nothing is pending and no job runs. */
export async function deliveredFrom(store: Store, receiver: Receiver): Promise<readonly Receipt[]> {
  const before = receiver.receipts.length;
  let seen = before;
  let quietPolls = 0;
  const clock = createMovedClock(ALL_DUE);
  await using sender = openTestSender();
  const engine = await startEngine({
    store,
    sender,
    render: renderSnapshot,
    storedAnswers: createStoredAnswerBytes(1e9),
    keys: { current: { key: randomBytes(32), keyId: 1 }, previous: null, isSettled: true },
    clock,
    ids: createIdSource({ now: clock.now, randomBytes: (count) => randomBytes(count) }),
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics: createMetrics({ processMetrics: false }),
    },
    owner: "node-after",
    version: "0.0.0-test",
    settings: ENGINE_SETTINGS,
  });
  try {
    await eventually(
      async () => {
        // The ordering keys' wait is over for every delivery. If the clock moved while the first ones were in
        // flight, the sweep would release their successors too.
        const { inFlight, unrecorded } = engine.snapshot();
        const { length } = receiver.receipts;
        quietPolls = inFlight + unrecorded === 0 && length === seen ? quietPolls + 1 : 0;
        seen = length;
        if (quietPolls >= QUIET_POLLS) clock.moveBy(TICK_MS);
        const { pending } = await store.upkeep.totals();
        const window = { after: null, limit: 1, backward: false, ascending: false };
        const running = await store.jobs.list({ appRef: null, window, states: ["running"] });
        return { pending, jobs: running?.items };
      },
      ({ pending, jobs }) => pending === 0 && jobs?.length === 0,
    );
  } finally {
    await engine.stop({ graceMs: 0 });
  }
  return receiver.receipts.slice(before);
}
