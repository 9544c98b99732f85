/** Sends failed deliveries of many endpoints again: a task per endpoint, under one group. */
import { replayableSince } from "../../core/delivery/replayable-since.ts";
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { FailureFilter, FailureSummary } from "../../store/interface/failures.ts";
import type { ReplayGroup } from "../../store/interface/jobs.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

type Asked = {
  /** Null for the endpoints of all applications. */
  readonly appRef: string | null;
  readonly endpointRefs: readonly string[] | null;
  readonly filter: FailureFilter;
};

/**
 * The deliveries that the same call would send, by endpoint. Refuses with `not_found` an unknown application, and with
 * `invalid_field` a range without an instant.
 */
export async function summarizeFailures(
  context: OperationContext,
  p: Asked,
): Promise<FailureSummary> {
  const { failedSince = 0, failedUntil = Infinity } = p.filter;
  if (failedUntil <= failedSince) {
    throw refuseField("invalid_field", ["failedUntil"], "must be later than failedSince");
  }
  const now = context.now();
  const keptSince = replayableSince({ now, retentionMs: context.settings.retentionMs });
  const summary = await context.store.failures.summary({ ...p, now, keptSince });
  if (summary === null) throw unknownApp(p.appRef ?? "");
  return summary;
}

/**
 * Refuses also with `limit_reached` a filter that matches too many endpoints, and with `rate_limited` when too many tasks
 * would wait.
 */
export async function replayFailures(
  context: OperationContext,
  p: Asked & { readonly idempotencyKey: IdempotencyKey | null },
): Promise<ReplayGroup> {
  const { appRef, filter, idempotencyKey } = p;
  const { endpoints, hasMoreEndpoints } = await summarizeFailures(context, p);
  const { replayedEndpoints } = LIMITS;
  if (hasMoreEndpoints) throw refuseLimit(replayedEndpoints, replayedEndpoints.value);
  const { eventTypes, statusCodeClasses, ...failures } = filter;
  const created = await context.store.jobs.createGroup({
    appRef,
    groupId: context.ids.next(ID_PREFIXES.replayGroup),
    jobs: endpoints.map(({ endpointId }) => ({
      id: context.ids.next(ID_PREFIXES.job),
      endpointId,
    })),
    params: {
      since: 0,
      until: null,
      filter: {
        failures: {
          ...failures,
          ...(statusCodeClasses === undefined ? undefined : { statusCodeClasses }),
        },
        ...(eventTypes === undefined ? undefined : { eventTypes }),
      },
    },
    createdAt: context.now(),
    idempotencyKey,
  });
  if (created === null) throw unknownApp(appRef ?? "");
  return created.value;
}
