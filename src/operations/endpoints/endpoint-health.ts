/** The health of endpoints, and changes of their status by people: pause, resume, enable. */
import { policyFor } from "../../core/delivery/delivery-policy.ts";
import { disablesAt } from "../../core/delivery/disable-forecast.ts";
import { AppError } from "../../core/error.ts";
import type {
  Endpoint,
  EndpointHealthView,
  EndpointStore,
} from "../../store/interface/endpoints.ts";
import type { OperationContext, ShownHealth } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import { applyChange } from "./update-endpoint.ts";
import { getEndpoint, unknownEndpoint, type EndpointRef } from "./read-endpoints.ts";

type Listing = Omit<Parameters<EndpointStore["listByHealth"]>[0], "now">;

/** By id; without endpoints that are deleted meanwhile. */
export async function readHealths(
  context: OperationContext,
  endpoints: readonly Endpoint[],
): Promise<ReadonlyMap<string, ShownHealth>> {
  const endpointIds = endpoints.map(({ endpointId }) => endpointId);
  const views = await context.store.endpoints.healths({ endpointIds, now: context.now() });
  return new Map(
    endpoints.flatMap((endpoint) => {
      const view = views.get(endpoint.endpointId);
      return view === undefined ? [] : [[endpoint.endpointId, toShown(context, endpoint, view)]];
    }),
  );
}

/** Lists endpoints, the worst first. Refuses with `not_found` an unknown application. */
export async function listByHealth(context: OperationContext, p: Listing) {
  const page = await context.store.endpoints.listByHealth({ ...p, now: context.now() });
  if (page === null) throw unknownApp(p.appRef ?? "");
  const items = page.items.map(({ endpoint, app, view }) => ({
    endpoint,
    app,
    health: toShown(context, endpoint, view),
  }));
  return { items, next: page.next };
}

function toShown(
  context: OperationContext,
  { dialect, status }: Endpoint,
  view: EndpointHealthView,
): ShownHealth {
  const { disableAfterMs } = context.settings;
  const policy = policyFor({ dialect, settings: { disableAfterMs } });
  return { ...view, disablesAt: status === "enabled" ? disablesAt(view.health, policy) : null };
}

const NEXT_STATUS = {
  pause: { from: ["enabled"], to: "paused" },
  resume: { from: ["paused"], to: "enabled" },
  enable: { from: ["paused", "disabled"], to: "enabled" },
} as const;
export type StatusChange = keyof typeof NEXT_STATUS;

/**
 * Changes the status of an endpoint of any API; a repeat changes nothing. Refuses with `conflict` to pause or resume a
 * disabled endpoint: its deliveries are not made, so it is enabled by name.
 */
export async function changeStatus(
  context: OperationContext,
  p: EndpointRef & { readonly change: StatusChange },
): Promise<Endpoint> {
  const before = await getEndpoint(context, p);
  const { from, to } = NEXT_STATUS[p.change];
  if (before.status === to) return before;
  if (!from.some((status) => status === before.status)) {
    throw new AppError("conflict", "The endpoint is disabled. Enable it first.");
  }
  const change = { status: to, disabledReason: null };
  const after = await applyChange(context, { ...p, ref: before.endpointId, change });
  if (after === null) throw unknownEndpoint(p.ref);
  return after;
}
