/**
 * Payload bytes of each app's pending deliveries, so that one app's backlog cannot fill the disk (I5). They
 * are read once from the tallies and updated after every commit. Within one commit an app may exceed its
 * limit by the other calls of the commit.
 */
import { pendingBytesByApp } from "../../queue/quotas.ts";
import type { Connection } from "../connection.ts";
import { toText } from "../session.ts";

export type PendingBytes = {
  pending(appSeq: number): number;
  /** Called after a commit with the changes of its tallies. */
  committed(changes: ReadonlyMap<number, number>): void;
};

export function createPendingBytes({ sql }: Connection): PendingBytes {
  const byApp = new Map<number, number>();
  for (const row of sql(toText(pendingBytesByApp())).all()) {
    byApp.set(row["appSeq"] as number, row["bytes"] as number);
  }
  return {
    pending: (appSeq) => byApp.get(appSeq) ?? 0,
    committed(changes) {
      for (const [appSeq, bytes] of changes) {
        const left = (byApp.get(appSeq) ?? 0) + bytes;
        if (left > 0) byApp.set(appSeq, left);
        else byApp.delete(appSeq);
      }
    },
  };
}
