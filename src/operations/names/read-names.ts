/** The names of applications and endpoints whose ids a page of a list has. */
import { toHost } from "../../core/delivery/to-host.ts";
import type { Names } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

/** A list of refusals has so many rows, each with an application. Ids beyond have no name. */
const MOST_NAMED = 1_000;

export type FoundNames = {
  /** By its id or its uid; undefined when it is deleted or was not asked for. */
  readonly findApp: (ref: string) => Names["apps"][number] | undefined;
  readonly findEndpoint: (id: string) => NamedEndpoint | undefined;
};
/** `name` is the host and the path of its URL, without the secrets that the rest may have. */
export type NamedEndpoint = { readonly id: string; readonly appId: string; readonly name: string };

export async function readNames(
  context: OperationContext,
  p: { readonly appRefs?: readonly string[]; readonly endpointIds?: readonly string[] },
): Promise<FoundNames> {
  const appRefs = toUnique(p.appRefs);
  const endpointIds = toUnique(p.endpointIds);
  const found: Names =
    appRefs.length + endpointIds.length === 0
      ? { apps: [], endpoints: [] }
      : await context.store.apps.names({ appRefs, endpointIds });
  const byUid = found.apps.flatMap((app) => (app.uid === null ? [] : [[app.uid, app] as const]));
  // An id goes before a uid, as where a path names an application.
  const apps = new Map([...byUid, ...found.apps.map((app) => [app.id, app] as const)]);
  const endpoints = new Map(
    found.endpoints.map(({ id, appId, url }) => [id, { id, appId, name: toHost(url) }]),
  );
  return { findApp: (ref) => apps.get(ref), findEndpoint: (id) => endpoints.get(id) };
}

function toUnique(ids: readonly string[] = []): readonly string[] {
  return [...new Set(ids)].slice(0, MOST_NAMED);
}
