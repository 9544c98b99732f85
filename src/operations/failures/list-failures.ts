/** Lists deliveries that failed for good, by the time at which they failed. */
import { refuseField } from "../../core/error.ts";
import type { FailureFilter, FailurePage } from "../../store/interface/failures.ts";
import type { PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

/**
 * The newest failure first, of all applications when `appRef` is null. Refuses with `not_found` an unknown application, and
 * with `invalid_field` a range without an instant.
 */
export async function listFailures(
  context: OperationContext,
  p: {
    readonly appRef: string | null;
    readonly endpointRef: string | null;
    readonly window: PageRequest;
    readonly filter: FailureFilter;
  },
): Promise<FailurePage> {
  const { failedSince = 0, failedUntil = Infinity } = p.filter;
  if (failedUntil <= failedSince) {
    throw refuseField(
      "invalid_field",
      ["query", "failed_until"],
      "must be later than failed_since",
    );
  }
  const page = await context.store.failures.list(p);
  if (page === null) throw unknownApp(p.appRef ?? "");
  return page;
}
