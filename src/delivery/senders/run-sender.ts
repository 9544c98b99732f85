/**
 * A sender thread: one owner of shards with its lanes, sockets and recorder. The main thread has the store; it gets
 * the log lines, the notices of the live stream and, when it asks, the counts of the metrics.
 */
import type { MessagePort } from "node:worker_threads";
import { createKeyRing } from "../../core/crypto/key-ring.ts";
import type { LiveCount, LiveNotice } from "../../core/live/notice.ts";
import { openSharedWants } from "../../core/live/wanted.ts";
import { createBatch } from "../../store/thread/batch.ts";
import { createOwnerStore } from "../../store/thread/owner-store.ts";
import type { LogTarget } from "../../telemetry/log-output.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { readMetrics } from "../../telemetry/print-metrics.ts";
import type { SendingOptions } from "../engine-options.ts";
import { openSharedRates } from "../limits/app-rates.ts";
import { createStoredAnswerBytes, openSharedDayBytes } from "../limits/stored-answer-bytes.ts";
import { startSeriesLoop } from "../loops/series-loop.ts";
import { orUntil, RECORD_GRACE_MS, startSending } from "../sending.ts";
import type { FromSender, SenderStart, ToSender } from "./messages.ts";
import { createSharedLog } from "./shared-log.ts";

export type SenderParts = Pick<
  SendingOptions,
  "sender" | "render" | "clock" | "ids" | "version" | "settings" | "failpoint"
> & {
  readonly createLogger: (target: LogTarget) => Logger;
  readonly storedAnswerBytes: number;
  /** Closes the sockets after the last attempt. */
  readonly close: () => Promise<void>;
};

/** Resolves when the main thread has stopped it. */
export async function runSender(
  port: MessagePort,
  start: SenderStart,
  parts: SenderParts,
): Promise<void> {
  const { memory } = start;
  const { clock } = parts;
  const post = (message: FromSender): void => port.postMessage(message);
  const store = createOwnerStore(start.access, (calls) => post({ kind: "store", calls }));
  const keys = createKeyRing(start.keys);
  const metrics = createMetrics({ processMetrics: false });
  const log = createSharedLog(memory.logged, {
    post: (lines) => post({ kind: "lines", lines }),
    onDropped: () => metrics.log.dropped.inc(),
  });
  const telemetry = { logger: parts.createLogger(log), metrics };
  const notices = createBatch<LiveNotice | LiveCount>((items) =>
    post({ kind: "notices", notices: items }),
  );
  const stopping = Promise.withResolvers<number>();

  port.on("message", (message: ToSender) => {
    switch (message.kind) {
      case "store":
        return store.receive(message.reply);
      case "keys":
        return keys.change(message.ring);
      case "count":
        return void readMetrics(metrics).then((counts) =>
          post({ kind: "counted", metrics: counts }),
        );
      case "stop":
        return stopping.resolve(message.graceMs);
    }
  });

  const sending = await startSending({
    ...parts,
    store,
    keys,
    telemetry,
    owner: start.owner,
    siblings: start.siblings,
    limits: start.limits,
    storedAnswers: createStoredAnswerBytes(
      parts.storedAnswerBytes,
      openSharedDayBytes(memory.storedAnswers),
    ),
    appRates: openSharedRates(memory.appRates),
    live: { wanted: openSharedWants(memory.liveWants), notify: notices.add },
  });
  const { sums } = sending;
  const seriesLoop = startSeriesLoop({ series: store.series, sums, clock, telemetry });
  post({ kind: "started" });

  const graceMs = await stopping.promise;
  seriesLoop.stop();
  await sending.stop({ graceMs });
  await orUntil(seriesLoop.flush(), clock.now() + RECORD_GRACE_MS, clock);
  await parts.close();
  const counts = await readMetrics(metrics);
  notices.flush();
  log.flush();
  post({ kind: "counted", metrics: counts });
  post({ kind: "stopped" });
  port.close();
}
