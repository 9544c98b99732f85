/**
 * Erases one person of an application, by number or by WhatsApp user id, as a job that continues in slices and
 * survives a restart.
 */
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { isUserId, numberHint, parseAddress, USER_ID_FORMS } from "../../core/messages/address.ts";
import type { Job } from "../../store/interface/jobs.ts";
import { jobRequested } from "../../telemetry/events.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

/** Refuses with `invalid_field`, `not_found`, and those of the store. A repeat erases the rest. */
export async function eraseNumber(
  context: OperationContext,
  p: { readonly appRef: string; readonly number?: string; readonly userId?: string },
): Promise<Job> {
  const { appRef } = p;
  const number = toAddress(p);
  const id = context.ids.next(ID_PREFIXES.job);
  const job = await context.store.jobs.eraseNumber({ appRef, number, id, now: context.now() });
  if (job === null) throw unknownApp(appRef);
  const { telemetry } = context;
  // A log never has the number (I10).
  if (telemetry !== null && job.id === id)
    jobRequested(telemetry, { jobId: id, kind: job.kind, endpointId: null });
  return job;
}

function toAddress({ number, userId }: { readonly number?: string; readonly userId?: string }) {
  if ((number === undefined) === (userId === undefined)) {
    throw refuseField("invalid_field", ["number"], "give either number or userId");
  }
  if (userId !== undefined) {
    if (isUserId(userId)) return userId;
    throw refuseField("invalid_field", ["userId"], `must be ${USER_ID_FORMS}`);
  }
  const given = number as string;
  if (parseAddress(given).kind === "e164") return given;
  const form = `must be a number in E.164 such as +12065550188${numberHint(given)}`;
  throw refuseField("invalid_field", ["number"], form);
}
