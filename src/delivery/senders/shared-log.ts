/**
 * The log of a sender thread. The main thread writes the lines of all threads to the one standard output. Lines that it
 * has not written yet are bounded over all threads; further ones are dropped and counted, as for an unread log.
 */
import { createBatch } from "../../store/thread/batch.ts";
import type { LogTarget } from "../../telemetry/log-output.ts";

/** The reader of the log may be behind by the same number. */
const WAITING_CHARACTERS = 1024 * 1024;

export function createSharedLog(
  memory: SharedArrayBuffer,
  given: { readonly post: (lines: readonly string[]) => void; readonly onDropped: () => void },
): LogTarget & { flush(): void } {
  const waiting = new Int32Array(memory);
  const lines = createBatch<string>(given.post);
  return {
    write(line) {
      if (Atomics.load(waiting, 0) + line.length > WAITING_CHARACTERS) return given.onDropped();
      Atomics.add(waiting, 0, line.length);
      lines.add(line);
    },
    flush: lines.flush,
  };
}

/** The main thread's side: writes the lines and makes room for others. */
export function writeLines(
  memory: SharedArrayBuffer,
  lines: readonly string[],
  target: LogTarget,
): void {
  for (const line of lines) {
    Atomics.sub(new Int32Array(memory), 0, line.length);
    target.write(line);
  }
}
