/**
 * A second app on the seeded server, with deliveries that failed for good: endpoints that make one attempt
 * only, whose receiver answers 503, and one that is disabled and missed an event.
 */
import type { SeededServer } from "./seeded-server.ts";

export type FailedApp = {
  readonly id: string;
  readonly name: string;
  readonly uid: string;
  /** Two endpoints with failed deliveries. */
  readonly failing: readonly string[];
  readonly disabled: string;
  readonly deliveries: number;
  /** An instant by which all of them had failed. */
  readonly failedBy: number;
};

const APP = { name: "Nova Dental", uid: "nova" } as const;
/** Fewer failures than open a breaker. */
const EVENTS = 3;
const LOOK_EVERY_MS = 50;
const DEADLINE_MS = 20_000;

let made: Promise<FailedApp> | null = null;

export async function withFailures(server: SeededServer): Promise<FailedApp> {
  made ??= makeFailures(server);
  return await made;
}

async function makeFailures({ api, app: seeded }: SeededServer): Promise<FailedApp> {
  const { id } = (await api.post("/app", APP)) as { readonly id: string };
  const { url } = await api.get(`/app/${seeded.id}/endpoint/${seeded.healthy}`);
  const receiver = new URL(String(url)).origin;
  const make = async (body: object): Promise<string> =>
    String((await api.post(`/app/${id}/endpoint`, body))["id"]);
  // The receiver answers 503 below this path.
  const failing = [
    await make({ url: `${receiver}/zipwhip/front-desk`, retrySchedule: [] }),
    await make({ url: `${receiver}/zipwhip/billing`, retrySchedule: [] }),
  ];
  const disabled = await make({ url: `${receiver}/reports`, disabled: true });
  for (let index = 0; index < EVENTS; index += 1) {
    const eventType = index === 0 ? "appointment.moved" : "appointment.made";
    await api.post(`/app/${id}/msg`, { eventType, payload: { index } });
  }
  const deliveries = EVENTS * failing.length;
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const { data } = (await api.get(`/app/${id}/delivery`)) as { data: readonly unknown[] };
    if (data.length === deliveries) {
      return { id, ...APP, failing, disabled, deliveries, failedBy: Date.now() };
    }
    if (performance.now() > deadline) throw new Error(`${data.length} of ${deliveries} failed`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
