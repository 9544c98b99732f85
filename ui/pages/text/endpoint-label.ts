/** The names of endpoints in heads of columns, in sentences and in menus. */
import type { Answer } from "../../api/call.ts";
import { showControls } from "../../show-controls.ts";

export type Story = Answer<"GET /api/v1/app/{app}/text/{text}">;
export type EventOfText = Story["events"][number];
export type Cell = EventOfText["cells"][number];
export type MarkedEndpoint = Story["endpoints"][number];

/** A description may have 4,096 characters, too many for a head of a column or a sentence. */
const MOST_CHARACTERS = 80;

type Named = Pick<MarkedEndpoint, "id" | "url" | "description">;

/** The description that a person gave it, else its host and path. Safe to be a part of a sentence. */
export function labelOf(endpoint: Named | undefined): string {
  if (endpoint === undefined) return "";
  const name = toName(endpoint);
  // Half of a character beyond 16 bits is shown as a replacement.
  const start = name.slice(0, MOST_CHARACTERS).toWellFormed();
  return showControls(name.length > MOST_CHARACTERS ? `${start}…` : start);
}

function toName(endpoint: Named): string {
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
