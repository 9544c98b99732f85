/** Finds apps and endpoints by a text, for filters; a person knows no ids. */
import type { ReactNode } from "react";
import { useRead } from "../../api/reads.ts";
import type { FilterOption } from "../../parts/filter.ts";
import { ReadState } from "../../parts/states.tsx";
import { toHost } from "../../../src/core/delivery/to-host.ts";
import type { Search } from "../../paths.ts";
import { useMaybeAppId } from "../../use-paths.ts";

const MOST_FOUND = 20;

type FindProps = {
  readonly text: string;
  readonly search: Search;
  readonly children: (options: readonly FilterOption[]) => ReactNode;
};
type NameProps = { readonly value: string; readonly search: Search };

/** The app of the portal's token, or the one that is chosen in the filter; null is all. */
export function useFilteredApp(search: Search): string | null {
  return useMaybeAppId() ?? (search["app"] || null);
}

export function FindApps({ text, children }: FindProps) {
  const read = useRead("GET /api/v1/app", { query: toQuery(text) });
  return (
    <ReadState read={read} skeletonRows={3}>
      {({ data }) =>
        children(data.map(({ id, uid, name }) => ({ value: id, label: name, hint: uid ?? "" })))
      }
    </ReadState>
  );
}

export function AppName({ value: app }: NameProps) {
  const { data } = useRead("GET /api/v1/app/{app}", { path: { app } });
  return data?.name ?? app;
}

/** Without an app, an endpoint brings its app with it. */
export function FindEndpoints({ text, search, children }: FindProps) {
  const app = useFilteredApp(search);
  const query = toQuery(text);
  const ofAll = useRead("GET /api/v1/endpoint", { query }, { isEnabled: app === null });
  const ofApp = useRead(
    "GET /api/v1/app/{app}/endpoint-health",
    { path: { app: app ?? "" }, query },
    { isEnabled: app !== null },
  );
  const isPortal = useMaybeAppId() !== null;
  return (
    <ReadState read={app === null ? ofAll : ofApp} skeletonRows={3}>
      {({ data }) =>
        children(
          data.map(({ id, url, app: owner }) => ({
            value: id,
            label: toHost(url),
            ...(isPortal ? {} : { hint: owner.name, also: { app: owner.id } }),
          })),
        )
      }
    </ReadState>
  );
}

export function EndpointName({ value: endpoint, search }: NameProps) {
  const app = useFilteredApp(search) ?? "";
  const { data } = useRead(
    "GET /api/v1/app/{app}/endpoint/{endpoint}",
    { path: { app, endpoint } },
    { isEnabled: app !== "" },
  );
  return data === undefined ? endpoint : toHost(data.url);
}

function toQuery(text: string): { readonly limit: number; readonly q?: string } {
  return { limit: MOST_FOUND, ...(text === "" ? {} : { q: text }) };
}
