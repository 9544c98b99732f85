/** The filters of failed deliveries, which are those of a replay as well. */
import { FAILURE_REASONS } from "../../../src/core/delivery/failure-reasons.ts";
import type { Request } from "../../api/call.ts";
import type { Filter } from "../../parts/filter.ts";
import type { Bounds } from "../../parts/time-range.ts";
import type { Search } from "../../paths.ts";
import { failedWords } from "../../words/failed.ts";
import { AppName, EndpointName, FindApps, FindEndpoints } from "./lookups.tsx";

const { filters: names } = failedWords;

const FILTERS = [
  { kind: "range", name: "range", label: names.range },
  {
    kind: "lookup",
    name: "app",
    label: names.app,
    placeholder: failedWords.appHint,
    Find: FindApps,
    Name: AppName,
    clears: ["endpoint_id"],
  },
  {
    kind: "lookup",
    name: "endpoint_id",
    label: names.endpoint,
    placeholder: failedWords.endpointHint,
    Find: FindEndpoints,
    Name: EndpointName,
  },
  { kind: "text", name: "event_type", label: names.type, hint: failedWords.typeHint },
  {
    kind: "choices",
    name: "reason",
    label: names.reason,
    options: FAILURE_REASONS.map((value) => ({ value, label: failedWords.reasons[value] })),
  },
  {
    kind: "choice",
    name: "status_code_class",
    label: names.status,
    options: Object.entries(failedWords.classes).map(([value, label]) => ({ value, label })),
  },
] as const satisfies readonly Filter[];

type FailedFilterName = (typeof FILTERS)[number]["name"];

/** All filters but those that the page has settled itself. */
export function filtersWithout(settled: readonly FailedFilterName[]): readonly Filter[] {
  return FILTERS.filter(({ name }) => !settled.includes(name));
}

export const RANGE_ALONE: readonly Filter[] = [FILTERS[0]];

type Query = NonNullable<Request<"GET /api/v1/app/{app}/delivery">["query"]>;

export function toListQuery(search: Search, { since, until }: Bounds): Query {
  const { endpoint_id: endpoint, event_type: types, reason } = search;
  const status = search["status_code_class"];
  return {
    ...(since === undefined ? {} : { failed_since: since }),
    ...(until === undefined ? {} : { failed_until: until }),
    ...(endpoint ? { endpoint_id: endpoint } : {}),
    ...(types ? { event_type: toValues(types) } : {}),
    ...(reason ? { reason: toValues(reason) as Query["reason"] } : {}),
    ...(status ? { status_code_class: status as unknown as Query["status_code_class"] } : {}),
  };
}

export function toValues(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
