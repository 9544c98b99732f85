import type { QueueStore } from "../interface/queue.ts";
import type { Steps, WriteSession } from "../session.ts";

/** Releases leased deliveries without an attempt. Those under another fence stay as they are. */
export function* release(s: WriteSession, p: Parameters<QueueStore["release"]>[0]): Steps<void> {
  if (p.deliveries.length === 0) return;
  const rows = yield* s.releaseRows(p);
  for (const { endpointSeq, fence } of rows) s.leasesEnded(endpointSeq, fence, 1);
  yield* s.addDue(rows);
}
