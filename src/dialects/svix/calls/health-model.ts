/** The health of an endpoint as the API shows it. */
import Type from "typebox";
import { BUCKETS, percentile } from "../../../core/series/histogram.ts";
import { RESULT_AT, SERIES_RESULTS, TIME_AT } from "../../../core/series/series.ts";
import {
  HEALTH_STATES,
  type Endpoint,
  type OperationContext,
  type ShownHealth,
} from "../../../operations/context.ts";
import { readHealths } from "../../../operations/endpoints/endpoint-health.ts";
import { flag, instant, nullable, shown } from "./document-fields.ts";
import { endpoint } from "./endpoint-out.ts";
import { isoTime } from "./paging.ts";

const last = (description: string) =>
  nullable(
    Type.Object(
      {
        at: instant("When the attempt started."),
        duration: Type.Integer({ description: "Milliseconds." }),
        statusCode: Type.Integer({ description: "0 without an answer." }),
        reason: nullable(Type.String()),
      },
      { description },
    ),
  );

export const healthOut = Type.Object({
  state: Type.Enum([...HEALTH_STATES], {
    description:
      "`switched_off` is disabled by the server for its failures, and `disabled` by a person. `failing` has failed since its last success.",
  }),
  dialect: Type.String(),
  method: Type.String(),
  breaker: Type.Enum(["open", "closed"]),
  since: nullable(instant("When the state began, where it is known.")),
  nextProbe: nullable(instant("The earliest probe behind an open breaker.")),
  pausedUntil: nullable(instant("The receiver asked for no requests until then.")),
  failingSince: nullable(instant("The first failure since the last success.")),
  disablesAt: nullable(instant("When it is disabled if every attempt fails until then.")),
  disabledReason: nullable(Type.Enum(["by_user", "gone", "failing"])),
  waiting: Type.Integer({ description: "Pending deliveries, counted to 10,000 at most." }),
  waitingIsExact: flag("False when more wait than were counted."),
  lastSuccess: last("The last success among the latest 20 attempts."),
  lastFailure: last("The last failure among the latest 20 attempts."),
  hour: Type.Object(
    {
      attempts: Type.Integer(),
      ok: Type.Integer(),
      p95: nullable(Type.Integer({ description: "Milliseconds of an attempt." })),
    },
    { description: "Attempts of the last hour." },
  ),
});

export const endpointWithHealth = shown("EndpointWithHealth", {
  ...endpoint.properties,
  health: Type.Optional(healthOut),
});

export const WITH_HEALTH = {
  with_health: Type.Optional(flag("Adds the health of each endpoint (default: false).")),
};

/** The field `health` by id, where the query asks for it. */
export async function loadHealths(
  context: OperationContext,
  endpoints: readonly Endpoint[],
  query: { readonly with_health?: boolean },
): Promise<ReadonlyMap<string, object>> {
  if (query.with_health !== true) return new Map();
  const healths = await readHealths(context, endpoints);
  return new Map(
    endpoints.flatMap((one) => {
      const health = healths.get(one.endpointId);
      return health === undefined
        ? []
        : [[one.endpointId, { health: healthShown(one, health) }] as const];
    }),
  );
}

export const EXAMPLE_HEALTH = {
  state: "breaker_open",
  dialect: "svix",
  method: "POST",
  breaker: "open",
  since: "2026-05-06T14:02:00.000Z",
  nextProbe: "2026-05-06T14:36:00.000Z",
  pausedUntil: null,
  failingSince: "2026-05-06T14:01:58.000Z",
  disablesAt: "2026-05-11T14:01:58.000Z",
  disabledReason: null,
  waiting: 10_000,
  waitingIsExact: false,
  lastSuccess: { at: "2026-05-06T14:01:50.000Z", duration: 31, statusCode: 200, reason: null },
  lastFailure: { at: "2026-05-06T14:31:00.000Z", duration: 1204, statusCode: 503, reason: null },
  hour: { attempts: 412, ok: 380, p95: 210 },
} as const;

export function healthShown(endpoint: Endpoint, health: ShownHealth): object {
  const { state, breaker, pausedUntil, waiting, waitingIsExact, hour } = health;
  const times = hour.slice(TIME_AT.attempt, TIME_AT.attempt + BUCKETS);
  return {
    state,
    dialect: endpoint.dialect,
    method: endpoint.method,
    breaker: breaker === null ? "closed" : "open",
    since: toTime(toSince(health)),
    nextProbe: toTime(breaker?.probeAt ?? null),
    pausedUntil: toTime(pausedUntil),
    failingSince: toTime(health.health.failingSince),
    disablesAt: toTime(health.disablesAt),
    disabledReason: endpoint.disabledReason,
    waiting,
    waitingIsExact,
    lastSuccess: lastShown(health.lastSuccess),
    lastFailure: lastShown(health.lastFailure),
    hour: {
      attempts: SERIES_RESULTS.reduce((sum, name) => sum + (hour[RESULT_AT[name]] ?? 0), 0),
      ok: hour[RESULT_AT.ok] ?? 0,
      p95: percentile(times, 0.95),
    },
  };
}

function toSince({ state, breaker, parkedAt, health }: ShownHealth): number | null {
  switch (state) {
    case "breaker_open":
      return breaker?.openedAt ?? null;
    case "failing":
      return health.failingSince;
    case "paused":
    case "disabled":
    case "switched_off":
      return parkedAt;
    case "asked_to_wait":
    case "ok":
      return null;
  }
}

function lastShown(attempt: ShownHealth["lastSuccess"]): object | null {
  if (attempt === null) return null;
  const { at, durationMs, statusCode, reason } = attempt;
  return { at: isoTime(at), duration: durationMs, statusCode, reason };
}

function toTime(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}
