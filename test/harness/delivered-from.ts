/** What an engine sends of all that a store owes, in the order in which it arrives. */
import { randomBytes } from "node:crypto";
import { createIdSource } from "../../src/core/ids.ts";
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
/** Without anything that moves, before time goes on. */
const QUIET_LOOKS = 20;

/** Until nothing is pending and no job runs. */
export async function deliveredFrom(store: Store, receiver: Receiver): Promise<readonly Receipt[]> {
  const before = receiver.receipts.length;
  let seen = before;
  let quietLooks = 0;
  const clock = createMovedClock(ALL_DUE);
  await using sender = openTestSender();
  const engine = await startEngine({
    store,
    sender,
    render: renderSnapshot,
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
        // All have waited behind their keys for long enough: were time to go by while the first ones
        // are on their way, the sweep would let those behind them go as well.
        const { inFlight, unrecorded } = engine.snapshot();
        const { length } = receiver.receipts;
        quietLooks = inFlight + unrecorded === 0 && length === seen ? quietLooks + 1 : 0;
        seen = length;
        if (quietLooks >= QUIET_LOOKS) clock.moveBy(TICK_MS);
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
