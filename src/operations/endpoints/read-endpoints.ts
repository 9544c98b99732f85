/** Reads endpoints, their outlook and their statistics. */
import type { Dialect } from "../../core/snapshot.ts";
import { AppError } from "../../core/error.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type {
  AttemptCounts,
  Endpoint,
  EndpointOutlook,
  EndpointStats,
} from "../../store/interface/endpoints.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";

export type EndpointRef = {
  readonly appRef: string;
  /** An id or a uid. */
  readonly ref: string;
  /** Endpoints of other APIs are not found; null finds any, as the native list does. */
  readonly dialect: Dialect | null;
};

type Ref = Omit<EndpointRef, "dialect">;
type Period = { readonly since: number | null; readonly until: number | null };

/** Null when the app has no such endpoint, or is unknown. */
export async function findEndpoint(context: OperationContext, p: Ref): Promise<Endpoint | null> {
  return await context.store.endpoints.get(p);
}

/** Refuses with `not_found`. */
export async function getEndpoint(context: OperationContext, p: EndpointRef): Promise<Endpoint> {
  const endpoint = await findEndpoint(context, { appRef: p.appRef, ref: p.ref });
  if (endpoint === null || (p.dialect !== null && endpoint.dialect !== p.dialect)) {
    throw unknownEndpoint(p.ref);
  }
  return endpoint;
}

/** Lists the endpoints of all APIs. Refuses with `not_found` an unknown app. */
export async function listEndpoints(
  context: OperationContext,
  p: PageRequest & { readonly appRef: string },
): Promise<Page<Endpoint>> {
  const page = await context.store.endpoints.list({ ...p, dialect: null });
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

/** Null when the endpoint is unknown. */
export async function findOutlook(
  context: OperationContext,
  p: Ref,
): Promise<EndpointOutlook | null> {
  return await context.store.endpoints.outlook(p);
}

/** Counts the deliveries of the period by state. Refuses with `not_found`. */
export async function countDeliveries(
  context: OperationContext,
  p: Ref & Period,
): Promise<EndpointStats> {
  const stats = await context.store.endpoints.stats(p);
  if (stats === null) throw unknownEndpoint(p.ref);
  return stats;
}

/** Counts the attempts that ended in the period. Refuses with `not_found`. */
export async function countAttempts(
  context: OperationContext,
  p: Ref & Period,
): Promise<AttemptCounts> {
  const counts = await context.store.endpoints.attempts(p);
  if (counts === null) throw unknownEndpoint(p.ref);
  return counts;
}

export function unknownEndpoint(ref: string): AppError {
  return new AppError(
    "not_found",
    `There is no endpoint "${ref.slice(0, 256)}" in this application.`,
  );
}
