/**
 * Changes and deletes an endpoint. Both return only when the owner of its shard has taken the new version or
 * its lease has ended. Afterwards no attempt starts under the old version (I11).
 */
import { hasUser } from "../../core/crypto/url-userinfo.ts";
import { AppError } from "../../core/error.ts";
import { checkEndpointUrl, checkHeaders, checkWantedTypes } from "./check-endpoint.ts";
import type { Endpoint, EndpointChange } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";
import { MOST_TRIES } from "../most-tries.ts";
import { getEndpoint, unknownEndpoint } from "./read-endpoints.ts";
import type { EndpointRef } from "./read-endpoints.ts";
import { placeUrl, refuseTwoAuthorizations, setsAuthorization } from "./place-url.ts";
import { decryptHeaders, encryptHeaders } from "./encrypt-endpoint.ts";

export type ChangedFields = Omit<
  EndpointChange,
  | "status"
  | "disabledReason"
  | "encryptedHeaders"
  | "headerNames"
  | "encryptedTls"
  | "encryptedUserinfo"
> & {
  readonly disabled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

export async function updateEndpoint(
  context: OperationContext,
  p: EndpointRef & { readonly fields: ChangedFields },
): Promise<Endpoint> {
  return await changeInTurn(context, p, async (before) => {
    const change = await prepareChange(context, p, before);
    // An encrypted URL password and an Authorization header must match the version that they were made for.
    const isExact = hasUser(change.url ?? "") || setsAuthorization(change.headerNames ?? []);
    return { change, isExact };
  });
}

async function prepareChange(
  context: OperationContext,
  p: EndpointRef & { readonly fields: ChangedFields },
  before: Endpoint,
): Promise<EndpointChange> {
  const { disabled, headers, ...rest } = p.fields;
  let change: EndpointChange = rest;
  if (rest.url !== undefined) {
    const given = checkEndpointUrl(context, before.dialect, { url: rest.url, path: ["url"] });
    const { endpointId } = before;
    change = { ...change, ...placeUrl(context, { endpointId, given, before }) };
  }
  if (headers !== undefined) {
    checkHeaders(headers, ["headers"]);
    change = { ...change, ...encryptHeaders(context, before.endpointId, headers) };
  }
  const names = change.headerNames ?? before.headerNames;
  const path = headers === undefined ? ["url"] : ["headers"];
  refuseTwoAuthorizations(change.url ?? before.url, names, path);
  if (before.dialect === "svix" && rest.eventTypes) {
    const { appRef } = p;
    const types = { types: rest.eventTypes, before: before.eventTypes };
    await checkWantedTypes(context, { appRef, ...types }, ["eventTypes"]);
  }
  if (disabled !== undefined && disabled !== (before.status === "disabled")) {
    change = disabled
      ? { ...change, status: "disabled", disabledReason: "by_user" }
      : { ...change, status: "enabled", disabledReason: null };
  }
  return change;
}

/**
 * Plans a change of the current endpoint, and plans again when the endpoint has changed meanwhile. A change
 * that is not exact is written regardless of other changes.
 */
async function changeInTurn(
  context: OperationContext,
  p: EndpointRef,
  plan: (before: Endpoint) => Promise<{ change: EndpointChange; isExact: boolean }>,
): Promise<Endpoint> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const before = await getEndpoint(context, p);
    const { change, isExact } = await plan(before);
    const { endpointId: ref, version } = before;
    const guard = isExact ? { version } : {};
    const changed = await applyChange(context, { ...p, ref, change, ...guard });
    if (changed !== null) return changed;
    if (!isExact) throw unknownEndpoint(p.ref);
  }
  throw new AppError("overloaded", "Too many concurrent changes to this endpoint; retry.", {
    retryAfterSeconds: 1,
  });
}

/**
 * Adds or removes headers; names are compared without case. All headers are encrypted as one value. The value
 * is written only over the version it was made from, and otherwise made again, so of two concurrent changes
 * none is lost.
 */
export async function patchEndpointHeaders(
  context: OperationContext,
  p: EndpointRef & {
    readonly headers: Readonly<Record<string, string>>;
    readonly deleteHeaders: readonly string[];
  },
): Promise<Endpoint> {
  const replaced = new Set(
    [...Object.keys(p.headers), ...p.deleteHeaders].map((n) => n.toLowerCase()),
  );
  return await changeInTurn(context, p, async (before) => {
    const kept = Object.entries(decryptHeaders(context, before)).filter(
      ([name]) => !replaced.has(name.toLowerCase()),
    );
    const headers = { ...Object.fromEntries(kept), ...p.headers };
    checkHeaders(headers, ["headers"]);
    refuseTwoAuthorizations(before.url, Object.keys(headers), ["headers"]);
    return { change: encryptHeaders(context, before.endpointId, headers), isExact: true };
  });
}

export async function deleteEndpoint(context: OperationContext, p: EndpointRef): Promise<void> {
  const { endpointId: ref } = await getEndpoint(context, p);
  const deleted = await applyChange(context, { ...p, ref, change: { status: "deleted" } });
  if (deleted === null) throw unknownEndpoint(p.ref);
}

/** Returns null when the endpoint is gone or has another version. */
export async function applyChange(
  context: OperationContext,
  p: EndpointRef & { readonly change: EndpointChange; readonly version?: number },
): Promise<Endpoint | null> {
  const { appRef, ref, change, version } = p;
  const after = await context.store.endpoints.update({
    appRef,
    ref,
    change,
    now: context.now(),
    ...(version === undefined ? {} : { version }),
  });
  if (after === null) return null;
  await context.store.endpoints.acknowledged({
    endpointId: after.endpointId,
    version: after.version,
  });
  return after;
}
