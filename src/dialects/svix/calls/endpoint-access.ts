/** Access to the endpoint of a path. */
import type { FastifyRequest } from "fastify";
import { refuseField } from "../../../core/error.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { getEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { asAppCaller, param, type AppCall } from "../caller.ts";

export type EndpointCall = AppCall & { readonly endpoint: Endpoint };

export const asManager = asAppCaller("manage");

/** The endpoint of the path, in any dialect, for a caller who may manage it. */
export async function loadEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const call = await asManager(context, request);
  const ref = param(request, "endpoint");
  const endpoint = await getEndpoint(context, { appRef: call.appRef, ref, dialect: null });
  return { ...call, endpoint };
}

/** Variant of `loadEndpoint` for calls that refuse an endpoint of another dialect. */
export async function loadOwnEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const call = await loadEndpoint(context, request);
  refuseForeign(call.endpoint);
  return call;
}

/** Refusals name the field as in the model. */
export function refuseForeign(endpoint: Endpoint): void {
  if (endpoint.dialect === "svix") return;
  throw refuseField(
    "conflict",
    ["path", "endpoint"],
    `Endpoint ${endpoint.endpointId} belongs to the ${endpoint.dialect} API: change it there.`,
  );
}
