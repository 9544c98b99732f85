/** The beginning of a sender thread, which wires its engine as `start.ts` wires the rest of the server. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { toEgressPolicy, toListener } from "./config/egress.ts";
import { openSending, toFailpoint, toRender } from "./config/open-sending.ts";
import type { Settings } from "./config/settings.ts";
import { VERSION } from "./config/version.ts";
import { createIdSource } from "./core/ids/ids.ts";
import { systemClock } from "./delivery/loops/clock.ts";
import type { SenderStart } from "./delivery/senders/messages.ts";
import { runSender } from "./delivery/senders/run-sender.ts";
import { createLogger } from "./telemetry/logger.ts";

export type SenderThreadData = {
  readonly start: SenderStart;
  readonly settings: Settings;
  /** The listeners of this server, which are never called. */
  readonly listeners: readonly string[];
  readonly isTerminal: boolean;
};

const port = parentPort;
if (port === null) throw new Error("start-sender.ts must run in a worker thread");
const { start, settings, listeners, isTerminal } = workerData as SenderThreadData;
const policy = toEgressPolicy(settings)(listeners.map(toListener));
const { sender, close } = openSending(settings, { policy, senders: start.siblings.length });

await runSender(port, start, {
  sender,
  close,
  render: toRender(settings),
  clock: systemClock,
  ids: createIdSource({ now: () => systemClock.now(), randomBytes }),
  version: VERSION,
  settings,
  storedAnswerBytes: settings.storedAnswerBytes,
  createLogger: (target) => createLogger({ level: settings.logLevel, pretty: isTerminal, target }),
  ...toFailpoint(settings),
});
