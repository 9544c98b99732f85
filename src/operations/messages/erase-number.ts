/** Erases one phone number of an application, as a job that continues in slices and survives a restart. */
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { numberHint, parseAddress } from "../../core/messages/address.ts";
import type { Job } from "../../store/interface/jobs.ts";
import { jobRequested } from "../../telemetry/events.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

/** Refuses with `invalid_field`, `not_found`, and those of the store. A repeat erases the rest. */
export async function eraseNumber(
  context: OperationContext,
  p: { readonly appRef: string; readonly number: string },
): Promise<Job> {
  const { appRef, number } = p;
  if (parseAddress(number).kind !== "e164") {
    const form = `must be a number in E.164 such as +12065550188${numberHint(number)}`;
    throw refuseField("invalid_field", ["number"], form);
  }
  const id = context.ids.next(ID_PREFIXES.job);
  const job = await context.store.jobs.eraseNumber({ appRef, number, id, now: context.now() });
  if (job === null) throw unknownApp(appRef);
  const { telemetry } = context;
  // A log never has the number (I10).
  if (telemetry !== null && job.id === id)
    jobRequested(telemetry, { jobId: id, kind: job.kind, endpointId: null });
  return job;
}
