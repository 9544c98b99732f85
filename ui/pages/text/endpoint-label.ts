/** The names of endpoints in heads of columns, in sentences and in menus. */
import type { Answer } from "../../api/call.ts";

export type Story = Answer<"GET /api/v1/app/{app}/text/{text}">;
export type EventOfText = Story["events"][number];
export type Cell = EventOfText["cells"][number];
export type MarkedEndpoint = Story["endpoints"][number];

/** The description that a person gave it, else its host and path. */
export function labelOf(endpoint: MarkedEndpoint | undefined): string {
  if (endpoint === undefined) return "";
  if (endpoint.description !== "") return endpoint.description;
  if (!URL.canParse(endpoint.url)) return endpoint.id;
  const { host, pathname } = new URL(endpoint.url);
  return pathname === "/" ? host : `${host}${pathname}`;
}

const DIALECTS = {
  svix: "native",
  zipwhip: "Zipwhip",
  sendblue: "Sendblue",
  chirp: "Chirp",
} as const;

export function dialectOf({ dialect }: Pick<MarkedEndpoint, "dialect">): string {
  return DIALECTS[dialect];
}

/** Endpoints of one dialect are beside each other. */
export function inColumns(endpoints: readonly MarkedEndpoint[]): readonly MarkedEndpoint[] {
  const order = Object.keys(DIALECTS);
  return endpoints.toSorted(
    (one, other) => order.indexOf(one.dialect) - order.indexOf(other.dialect),
  );
}
