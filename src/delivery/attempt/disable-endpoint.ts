/** Disables an endpoint whose receiver is gone or has failed for too long. */
import type { EndpointStore } from "../../store/interface/endpoints.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";
import { endpointDisabled, type Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { LoadedEndpoint } from "../lane/endpoint-loader.ts";
import type { Lane } from "../lane/lane.ts";
import type { Clock } from "../loops/clock.ts";

export type DisableEndpoint = (
  lane: Lane,
  loaded: LoadedEndpoint,
  reason: "gone" | "failing",
) => void;

/** One row changes, however long the queue is. Until that is done no attempt starts in the lane. */
export function createDisableEndpoint(given: {
  endpoints: Pick<EndpointStore, "update">;
  clock: Clock;
  telemetry: Telemetry;
  emit: Emit;
}): DisableEndpoint {
  const { telemetry, emit } = given;
  const calls = createStoreCalls(telemetry, "configuration");

  return (lane, { endpoint }, reason) => {
    if (lane.isDisabling) return;
    lane.isDisabling = true;
    const { endpointId, appId, dialect } = endpoint;
    given.endpoints
      .update({
        appRef: appId,
        ref: endpointId,
        change: { status: "disabled", disabledReason: reason },
        failingSince: lane.health?.failingSince ?? null,
        now: given.clock.now(),
      })
      .then((changed) => {
        calls.worked();
        endpointDisabled(telemetry, { endpointId, dialect, reason });
        const version = changed?.version ?? endpoint.version + 1;
        emit({ kind: "changed", endpointId, version });
      })
      .catch((err: unknown) => {
        // The next failing attempt leads to the same decision.
        calls.failed(err);
        emit({ kind: "changed", endpointId, version: endpoint.version });
      });
  };
}
