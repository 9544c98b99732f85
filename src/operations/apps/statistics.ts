/** Statistics over all applications, as background tasks of the operator. */
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Job, ResultPlace, ResultRow, StatisticsKind } from "../../store/interface/jobs.ts";
import { jobRequested } from "../../telemetry/events.ts";
import type { OperationContext } from "../context.ts";

const PAGE = 1_000;

/**
 * Counts the deliveries of each app in a period. `appRefs` null means all apps; `unknown` has the references that
 * no app has. Refuses with `invalid_field` an `until` that is not later, and references of which none is known.
 */
export async function countAppDeliveries(
  context: OperationContext,
  p: {
    readonly since: number;
    readonly until: number;
    readonly appRefs: readonly string[] | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<{ readonly job: Job; readonly unknown: readonly string[] }> {
  if (p.until <= p.since) throw refuseField("invalid_field", ["until"], "must be later than since");
  return await start(context, { kind: "application.stats", ...p });
}

/** Collects the event types that the endpoints of each app ask for. */
export async function collectEventTypes(context: OperationContext): Promise<Job> {
  const asked = { since: 0, until: null, appRefs: null, idempotencyKey: null };
  return (await start(context, { kind: "event-type.aggregate", ...asked })).job;
}

async function start(
  context: OperationContext,
  p: Omit<Parameters<OperationContext["store"]["jobs"]["createStatistics"]>[0], "id" | "now">,
): Promise<{ readonly job: Job; readonly unknown: readonly string[] }> {
  const id = context.ids.next(ID_PREFIXES.job);
  const started = await context.store.jobs.createStatistics({ ...p, id, now: context.now() });
  const { telemetry } = context;
  if (telemetry !== null && started.job.id === id)
    jobRequested(telemetry, { jobId: id, kind: p.kind, endpointId: null });
  return started;
}

export function isStatistics(kind: Job["kind"]): kind is StatisticsKind {
  return kind === "application.stats" || kind === "event-type.aggregate";
}

/** The rows that a finished task found, in the order of apps and names. */
export async function readStatistics(
  context: OperationContext,
  id: string,
): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = [];
  let after: ResultPlace | null = null;
  do {
    const page = await readPage(context, id, after);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return rows;
}

function readPage({ store }: OperationContext, id: string, after: ResultPlace | null) {
  return store.jobs.result({ id, after, limit: PAGE });
}
