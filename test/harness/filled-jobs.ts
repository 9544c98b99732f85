/** The jobs of a filled store. */
import { OPERATOR_APP_ID } from "../../src/core/events/operational-events.ts";
import type { Endpoint } from "../../src/store/interface/endpoints.ts";
import type { Store } from "../../src/store/store.ts";
import { newApp } from "../contract/store/fixtures.ts";
import { START } from "../contract/store/harness.ts";
import { HOUR, nextId } from "../contract/store/steps.ts";

/** Creates replays in progress, a cancelled one, and statistics with their result. */
export async function makeJobs(
  store: Store,
  appRef: string,
  { replayed, missed }: { replayed: Endpoint; missed: Endpoint },
): Promise<readonly string[]> {
  const params = { since: START, until: null, filter: {} };
  const make = async (
    kind: "endpoint.bulk-replay" | "endpoint.replay",
    { endpointId }: Endpoint,
  ) => {
    const job = { id: nextId("qtask_"), kind, params, createdAt: START + HOUR };
    await store.jobs.create({ appRef, endpointRef: endpointId, job, idempotencyKey: null });
    return job.id;
  };
  await store.apps.seedOperator({ app: newApp({ id: OPERATOR_APP_ID }) });
  await store.jobs.createStatistics({
    kind: "event-type.aggregate",
    since: 0,
    until: null,
    appRefs: null,
    idempotencyKey: null,
    id: nextId("qtask_"),
    now: START + HOUR,
  });
  const over = await make("endpoint.bulk-replay", missed);
  await store.jobs.cancel({ appRef, id: over, now: START + HOUR });
  const running = [
    await make("endpoint.bulk-replay", replayed),
    await make("endpoint.replay", missed),
  ];
  const step = { now: START + HOUR, limit: 2, perSecond: 8, sliceMs: HOUR, keptSince: 0 };
  await store.jobs.step(step);
  return running;
}
