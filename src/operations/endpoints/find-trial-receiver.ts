/** Whether endpoints may be the receiver of a first trial, by the settings of this server. */
import { TRIAL_RECEIVER_URL } from "../../core/delivery/trial-receiver.ts";
import type { OperationContext } from "../context.ts";

/** Null where the settings refuse its URL, as on a server for production. Nothing is connected to. */
export function findTrialReceiver({ checkUrl, settings }: OperationContext): string | null {
  const verdict = checkUrl(TRIAL_RECEIVER_URL, { http: settings.httpUrls === "allow" });
  return verdict.ok ? TRIAL_RECEIVER_URL : null;
}
