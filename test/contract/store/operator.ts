/** The operator's app, its endpoints and their events, as the cases of the contract use them. */
import { ATTEMPT_LOG, OPERATIONAL_EVENT_TYPES } from "../../../src/core/events/event-type.ts";
import { OPERATOR_APP_ID } from "../../../src/core/events/operational-events.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import { newApp, newEndpoint } from "./fixtures.ts";
import { firstPage } from "./steps.ts";

/** Types that every endpoint, task or attempt of a case would cause. */
const ORDINARY: readonly string[] = [
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "background_task.finished",
  ATTEMPT_LOG,
];
const FAULTS = OPERATIONAL_EVENT_TYPES.filter((type) => !ORDINARY.includes(type));

export async function seedOperator(store: Store): Promise<void> {
  await store.apps.seedOperator({ app: newApp({ id: OPERATOR_APP_ID }) });
}

export async function makeOperatorEndpoint(
  store: Store,
  eventTypes: readonly string[] | null = FAULTS,
): Promise<Endpoint> {
  await seedOperator(store);
  const made = await store.endpoints.create({
    appRef: OPERATOR_APP_ID,
    endpoint: newEndpoint(OPERATOR_APP_ID, { eventTypes }),
    idempotencyKey: null,
  });
  if (made === null) throw new Error("the operator's app is not there");
  return made.value;
}

/** The operational events, oldest first. */
export async function listOperationalEvents(store: Store) {
  const page = await store.history.listEvents({
    appRef: OPERATOR_APP_ID,
    window: firstPage({ ascending: true }),
    filter: {},
  });
  return page?.items ?? [];
}

/** Types of the operational events, oldest first, each with the result of `toData` for its data. */
export async function listReported<T>(
  store: Store,
  toData: (data: Record<string, unknown>) => T,
): Promise<readonly (readonly [type: string, data: T])[]> {
  return (await listOperationalEvents(store)).map(({ payloadText }) => {
    const { type, data } = JSON.parse(payloadText ?? "") as {
      type: string;
      data: Record<string, unknown>;
    };
    return [type, toData(data)] as const;
  });
}
