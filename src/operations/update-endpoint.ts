/**
 * Changing and deleting an endpoint. Both answer only when the owner of its shard has taken the new
 * version, or its lease has ended: after the answer no attempt starts under the old one (I11).
 */
import type { Dialect } from "../core/snapshot.ts";
import { AppError } from "../core/error.ts";
import { checkEndpointUrl, checkHeaders, checkWantedTypes } from "./check-endpoint.ts";
import type { Endpoint, EndpointChange, OperationContext } from "./context.ts";
import { openHeaders, sealHeaders } from "./seal-endpoint.ts";

export type ChangedFields = Omit<
  EndpointChange,
  "status" | "disabledReason" | "sealedHeaders" | "headerNames"
> & {
  readonly disabled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

type EndpointRef = {
  readonly appRef: string;
  readonly ref: string;
  readonly dialect: Dialect | null;
};

export function unknownEndpoint(ref: string): AppError {
  return new AppError(
    "not_found",
    `There is no endpoint "${ref.slice(0, 256)}" in this application.`,
  );
}

/** Refuses with `not_found` an endpoint of another dialect too, unless `dialect` is null (the native list). */
export async function getEndpoint(context: OperationContext, p: EndpointRef): Promise<Endpoint> {
  const endpoint = await context.store.endpoints.get({ appRef: p.appRef, ref: p.ref });
  if (endpoint === null || (p.dialect !== null && endpoint.dialect !== p.dialect)) {
    throw unknownEndpoint(p.ref);
  }
  return endpoint;
}

export async function updateEndpoint(
  context: OperationContext,
  p: EndpointRef & { readonly fields: ChangedFields },
): Promise<Endpoint> {
  const before = await getEndpoint(context, p);
  const { disabled, headers, ...rest } = p.fields;
  let change: EndpointChange = rest;
  if (rest.url !== undefined) {
    const url = checkEndpointUrl(context, before.dialect, { url: rest.url, path: ["url"] });
    change = { ...change, url };
  }
  if (headers !== undefined) {
    checkHeaders(headers, ["headers"]);
    change = { ...change, ...sealHeaders(context, before.endpointId, headers) };
  }
  if (before.dialect === "svix" && rest.eventTypes) {
    await checkWantedTypes(context, rest.eventTypes, ["eventTypes"]);
  }
  if (disabled !== undefined && disabled !== (before.status === "disabled")) {
    change = disabled
      ? { ...change, status: "disabled", disabledReason: "by_user" }
      : { ...change, status: "enabled", disabledReason: null };
  }
  return applyChange(context, { ...p, ref: before.endpointId, change });
}

/** Adds headers to those it has, or takes them away; names are compared in any case. */
export async function patchEndpointHeaders(
  context: OperationContext,
  p: EndpointRef & {
    readonly headers: Readonly<Record<string, string>>;
    readonly deleteHeaders: readonly string[];
  },
): Promise<Endpoint> {
  const before = await getEndpoint(context, p);
  const replaced = new Set(
    [...Object.keys(p.headers), ...p.deleteHeaders].map((n) => n.toLowerCase()),
  );
  const kept = Object.entries(openHeaders(context, before)).filter(
    ([name]) => !replaced.has(name.toLowerCase()),
  );
  const headers = { ...Object.fromEntries(kept), ...p.headers };
  return updateEndpoint(context, { ...p, fields: { headers } });
}

export async function deleteEndpoint(context: OperationContext, p: EndpointRef): Promise<void> {
  const { endpointId } = await getEndpoint(context, p);
  await applyChange(context, { ...p, ref: endpointId, change: { status: "deleted" } });
}

async function applyChange(
  context: OperationContext,
  p: EndpointRef & { readonly change: EndpointChange },
): Promise<Endpoint> {
  const { appRef, ref, change } = p;
  const after = await context.store.endpoints.update({ appRef, ref, change, now: context.now() });
  if (after === null) throw unknownEndpoint(ref);
  await context.store.endpoints.acknowledged({
    endpointId: after.endpointId,
    version: after.version,
  });
  return after;
}
