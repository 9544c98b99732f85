/** The number of deliveries that a replay would make due, by the walk of its job. Nothing is changed. */
import { performance } from "node:perf_hooks";
import { LIMITS } from "../../core/limits.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { HistorySession } from "../history/session.ts";
import type { JobStore, ReplayEstimate } from "../interface/jobs.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { walkFailed } from "./failed.ts";
import { walkMissed } from "./missed.ts";
import { toInstants } from "./places.ts";
import { walkDeliveries } from "./slices.ts";
import type { Walk, WalkContext } from "./walk.ts";

type Params = Parameters<JobStore["estimate"]>[0];

const { value: MOST_ROWS } = LIMITS.searchedRows;
const CHUNK_ROWS = 500;
const BUDGET_MS = 500;

export function* estimateReplay(s: HistorySession, p: Params): Steps<ReplayEstimate | null> {
  const app = yield* findApp(s, p.appRef);
  const endpoint = app === null ? null : yield* findEndpoint(s, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const { kind, params, now, keptSince } = p;
  const cx = { now, keptSince, endpoint, params };
  const { failures } = params.filter;
  if (failures !== undefined) {
    const { low, high } = toInstants(failures, now);
    return yield* count(s, { at: low, seq: 0 }, walkFailed(s, { ...cx, high }));
  }
  const isMissed = kind === "endpoint.replay";
  const { low, high } = yield* s.placesOfTime(isMissed ? "event" : "delivery", params);
  const walked: WalkContext = { ...cx, high };
  if (isMissed) return yield* count(s, low, walkMissed(s, walked));
  return yield* count(s, low, walkDeliveries(s, kind, walked));
}

function* count<Row, Place>(
  s: HistorySession,
  from: Place,
  p: Omit<Walk<Row, Place>, "apply">,
): Steps<ReplayEstimate> {
  yield* s.beginScan();
  const stopAt = performance.now() + BUDGET_MS;
  const rows = Math.min(p.largestChunk ?? CHUNK_ROWS, CHUNK_ROWS);
  let place = from;
  let estimate = 0;
  for (let seen = 0; ;) {
    const chunk = yield* p.read(place, rows);
    const last = chunk.at(-1);
    if (last === undefined) return { estimate, isExact: true };
    estimate += (yield* p.select(chunk)).length;
    if (chunk.length < rows) return { estimate, isExact: true };
    place = p.behind(last);
    seen += chunk.length;
    if (seen >= MOST_ROWS || performance.now() >= stopAt) return { estimate, isExact: false };
    s.checkDeadline();
  }
}
