/** Limits of one application: its own numbers, and the use that the store counts. */
import { APP_LIMITS } from "../../core/limits.ts";
import { toUsed } from "../endpoints/usage.ts";
import type { AppLimits, AppStore } from "../interface/tenancy.ts";
import { countRunning } from "../jobs/rows.ts";
import { countConsumers } from "../pollers/consumers.ts";
import { countPollers } from "../pollers/pollers.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import type { AppRow } from "./app-row.ts";
import { changeEndpoints, findTenant, lockTenant } from "./apps.ts";
import { countPortalSessions } from "./portal.ts";
import { toOwnLimits, toOwnLimitsText } from "./own-limits.ts";

export function* appLimits(s: Session, p: { ref: string }): Steps<AppLimits | null> {
  const row = yield* findTenant(s, p.ref);
  return row === null ? null : yield* toAppLimits(s, row);
}

export function* setAppLimits(
  s: WriteSession,
  p: Parameters<AppStore["setLimits"]>[0],
): Steps<AppLimits | null> {
  const row = yield* lockTenant(s, p.ref);
  if (row === null) return null;
  const own: Record<string, number> = { ...toOwnLimits(row.ownLimits) };
  for (const key of APP_LIMITS) {
    const value = p.change[key];
    if (value === null) delete own[key];
    else if (value !== undefined) own[key] = value;
  }
  const ownLimits = toOwnLimitsText(own);
  yield* s.run("UPDATE app SET own_limits = ?1, updated_at = ?2 WHERE seq = ?3", [
    ownLimits,
    p.now,
    row.seq,
  ]);
  s.appChanged(row.seq);
  // Lanes keep the limits of the application.
  if (ownLimits !== row.ownLimits) yield* changeEndpoints(s, row.seq);
  return yield* toAppLimits(s, { ...row, ownLimits });
}

function* toAppLimits(s: Session, row: AppRow): Steps<AppLimits> {
  const bytes = yield* s.one<{ bytes: number | null }>(
    `SELECT sum(pending_bytes) AS bytes
     FROM (SELECT pending_bytes FROM tally WHERE app_seq = ?1
       UNION ALL SELECT pending_bytes FROM tally_total WHERE app_seq = ?1) AS tallied`,
    [row.seq],
  );
  return {
    appId: row.id,
    own: toOwnLimits(row.ownLimits),
    used: {
      ...toUsed(row),
      pendingBytes: bytes?.bytes ?? 0,
      backgroundTasks: yield* countRunning(s, row.seq),
      portalSessions: yield* countPortalSessions(s, row.seq),
      pollers: yield* countPollers(s, row.seq),
      pollerConsumers: yield* countConsumers(s, row.seq),
    },
  };
}
