/** The calls behind the dialog: the same request is estimated and then made, so both have the same filter. */
import type { Answer, Request } from "../../api/call.ts";
import { useChange, useDryRun } from "../../api/reads.ts";
import type { ReadCall } from "../../api/reads.ts";
import type { Bounds } from "../../parts/time-range.ts";
import { useDebounced } from "../../parts/use-debounced.ts";
import type { Search } from "../../paths.ts";
import { toValues } from "../failed/failed-filter.ts";

const ALL = "POST /api/v1/replay";
const OF_APP = "POST /api/v1/app/{app}/replay";
const MISSED = "POST /api/v1/app/{app}/endpoint/{endpoint}/replay-missing";

/** Long enough for a person who types. */
const SETTLED_MS = 250;
/** Everything that is kept. */
const EVER = "1970-01-01T00:00:00.000Z";
/** Reads that a replay makes old. */
const OLD_READS: readonly ReadCall[] = [
  "GET /api/v1/background-task",
  "GET /api/v1/delivery",
  "GET /api/v1/app/{app}/delivery",
  "GET /api/v1/overview",
];

type Body = NonNullable<Request<typeof OF_APP>["body"]>;
type Given = Answer<typeof OF_APP>;
export type EndpointEstimate = Extract<Given, { readonly endpoints: unknown }>["endpoints"][number];

/** A replay of failed deliveries of one app or of all, or of the events that one endpoint missed. */
export type ReplayScope =
  | { readonly kind: "failed"; readonly app: string | null; readonly endpoint: string | null }
  | { readonly kind: "missed"; readonly app: string; readonly endpoint: string };

export type Estimate = {
  readonly estimate: number;
  readonly isExact: boolean;
  /** Null when the scope is one endpoint that the page shows already. */
  readonly endpoints: readonly EndpointEstimate[] | null;
  readonly hasMoreEndpoints: boolean;
};

type Asked = {
  readonly scope: ReplayScope;
  readonly failed: Body;
  readonly period: { readonly since: string; readonly until?: string };
};

export function toAsked(scope: ReplayScope, search: Search, { since, until }: Bounds): Asked {
  const { event_type: types, reason, status_code_class: status } = search;
  const endpoint = scope.endpoint ?? search["endpoint_id"];
  return {
    scope,
    failed: {
      failedSince: since ?? EVER,
      ...(until === undefined ? {} : { failedUntil: until }),
      ...(reason ? { reasons: toValues(reason) as Body["reasons"] } : {}),
      ...(status ? { statusCodeClasses: [Number(status)] as Body["statusCodeClasses"] } : {}),
      ...(endpoint ? { endpointIds: [endpoint] } : {}),
      ...(types ? { eventTypes: toValues(types) } : {}),
    },
    period: { since: since ?? EVER, ...(until === undefined ? {} : { until }) },
  };
}

/** The estimate follows the filter. `isOld` says that it is of the filter before. */
export function useEstimate(asked: Asked): {
  readonly estimate: Estimate | undefined;
  readonly isOld: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
} {
  const { value, isOld } = useDebounced(asked, JSON.stringify(asked), SETTLED_MS);
  const { scope, failed, period } = value;
  const query = { dry_run: true };
  const app = scope.app ?? "";
  const isMissed = scope.kind === "missed";
  const ofAll = useDryRun(
    ALL,
    { body: failed, query },
    { isEnabled: !isMissed && scope.app === null },
  );
  const ofApp = useDryRun(
    OF_APP,
    { path: { app }, body: failed, query },
    { isEnabled: !isMissed && scope.app !== null },
  );
  const missed = useDryRun(
    MISSED,
    { path: { app, endpoint: scope.endpoint ?? "" }, body: period, query },
    { isEnabled: isMissed },
  );
  const read = isMissed ? missed : scope.app === null ? ofAll : ofApp;
  return {
    estimate: read.data === undefined ? undefined : toEstimate(read.data),
    isOld: isOld || read.isPlaceholderData,
    error: read.error,
    retry: () => void read.refetch(),
  };
}

/** A dry run answers with an estimate, and the same call without it with tasks. */
function toEstimate(answer: Given | Answer<typeof MISSED>): Estimate | undefined {
  if (!("estimate" in answer)) return undefined;
  const { estimate, isExact } = answer;
  const endpoints = "endpoints" in answer ? answer.endpoints : null;
  const hasMoreEndpoints = "hasMoreEndpoints" in answer && answer.hasMoreEndpoints;
  return { estimate, isExact, endpoints, hasMoreEndpoints };
}

type Started = { readonly tasks: number; readonly groupId: string | null };

export function useReplay(): {
  readonly start: (asked: Asked) => Promise<Started>;
  readonly isBusy: boolean;
} {
  const all = useChange(ALL, OLD_READS);
  const ofApp = useChange(OF_APP, OLD_READS);
  const missed = useChange(MISSED, OLD_READS);
  return {
    isBusy: all.isPending || ofApp.isPending || missed.isPending,
    start: async ({ scope, failed, period }) => {
      const { app } = scope;
      if (scope.kind === "missed") {
        const path = { app: scope.app, endpoint: scope.endpoint };
        await missed.mutateAsync({ path, body: period });
        return { tasks: 1, groupId: null };
      }
      const answer =
        app === null
          ? await all.mutateAsync({ body: failed })
          : await ofApp.mutateAsync({ path: { app }, body: failed });
      return toStarted(answer);
    },
  };
}

function toStarted(answer: Given): Started {
  if (!("groupId" in answer)) return { tasks: 1, groupId: null };
  return { tasks: answer.tasks, groupId: answer.groupId };
}
