/** Endpoints of an app or of all apps, the worst first. */
import type { ReactNode } from "react";
import { useList } from "../api/reads.ts";
import type { List } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { buttonClass } from "../parts/button.tsx";
import { toCount } from "../parts/count.tsx";
import { FilterBar, NoMatch } from "../parts/filter-bar.tsx";
import type { Filter } from "../parts/filter.ts";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EmptyState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { toDuration } from "../parts/time-format.ts";
import { useSearchState } from "../parts/use-search.ts";
import { pathsOf } from "../paths.ts";
import { useAppPaths, useMaybeAppId } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import {
  HealthMark,
  toShare,
  type EndpointItem,
  type HealthState,
  useHealthWords,
} from "./endpoint-health.tsx";
import { StatusActions } from "./endpoint-actions.tsx";
import { FirstEndpoint } from "./first-endpoint.tsx";
import styles from "./endpoints-page.module.css";

const REFETCH_MS = 10_000;
const WELL: readonly HealthState[] = ["ok", "paused", "disabled"];

const toFilters = (states: Readonly<Record<HealthState, string>>): readonly Filter[] => [
  {
    kind: "choice",
    name: "health",
    label: endpointWords.filters.health,
    options: [
      { value: "unhealthy", label: endpointWords.filters.unhealthy },
      ...Object.entries(states).map(([value, label]) => ({ value, label })),
    ],
  },
  {
    kind: "choice",
    name: "dialect",
    label: endpointWords.filters.api,
    options: Object.entries(endpointWords.apis).map(([value, label]) => ({ value, label })),
  },
  { kind: "text", name: "q", label: endpointWords.filters.text, placeholder: "example.com" },
];

export function EndpointsPage() {
  return <EndpointsView />;
}

/** `add` is the way to add an endpoint where the page has no app. */
export function EndpointsView(p: { readonly add?: ReactNode }) {
  const { kind } = useFace();
  const app = useMaybeAppId();
  const list = useEndpoints(app);
  const { search } = useSearchState();
  const filters = toFilters(useHealthWords());
  const isFiltered = [search["health"], search["dialect"], search["q"]].some(Boolean);
  const { isPending, error } = list.query;
  const isEmpty = !isPending && error === null && list.rows.length === 0;
  const isFirstVisit = kind === "tenant" && !isFiltered && isEmpty;
  if (isFirstVisit) {
    return (
      <>
        <PageHead title={endpointWords.title} />
        <FirstEndpoint />
      </>
    );
  }
  return (
    <>
      <PageHead title={endpointWords.title} actions={app === null ? p.add : <AddEndpoint />} />
      <Summary list={list} />
      <FilterBar filters={filters} />
      <Table
        label={endpointWords.title}
        list={list}
        columns={toColumns(app === null)}
        rowKey={({ id }) => id}
        target={({ id, app: owner }) => pathsOf(kind === "tenant" ? null : owner.id).endpoint(id)}
        empty={
          isFiltered ? (
            <NoMatch title={endpointWords.nothing} filters={filters} />
          ) : (
            <NoEndpoint app={app} />
          )
        }
      />
    </>
  );
}

function AddEndpoint() {
  const { can } = useFace();
  const paths = useAppPaths();
  return (
    can("ManageEndpoint") && (
      <PageLink target={paths.endpoint("new")} className={buttonClass("primary")}>
        {endpointWords.add}
      </PageLink>
    )
  );
}

function NoEndpoint({ app }: { readonly app: string | null }) {
  if (app !== null) {
    return (
      <EmptyState title={endpointWords.empty} action={<AddEndpoint />}>
        {endpointWords.emptyHint}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={endpointWords.empty}
      action={
        <PageLink target={{ to: "/apps" }} className={buttonClass()}>
          {endpointWords.chooseApp}
        </PageLink>
      }
    >
      {endpointWords.emptyHintOfAll}
    </EmptyState>
  );
}

function useEndpoints(app: string | null): List<EndpointItem> {
  const { search } = useSearchState();
  const query = { health: search["health"], dialect: search["dialect"], q: search["q"] } as object;
  const ofAll = useList(
    "GET /api/v1/endpoint",
    { query },
    { isEnabled: app === null, refetchMs: REFETCH_MS },
  );
  const ofApp = useList(
    "GET /api/v1/app/{app}/endpoint-health",
    { path: { app: app ?? "" }, query },
    { isEnabled: app !== null, refetchMs: REFETCH_MS },
  );
  return app === null ? ofAll : ofApp;
}

/** The worst ones come first, so the sentence is right about all of them once a healthy one is shown. */
function Summary({ list }: { readonly list: List<EndpointItem> }) {
  if (list.rows.length === 0) return null;
  const unwell = list.rows.filter(({ health }) => !WELL.includes(health.state)).length;
  if (unwell === 0) return <AnswerLine tone="ok">{endpointWords.allWell}</AnswerLine>;
  const isMore = list.hasMore && unwell === list.rows.length;
  return <AnswerLine tone="failed">{endpointWords.unwell(unwell, isMore)}</AnswerLine>;
}

/** The later one of the last success and the last failure. */
function toLastAnswer({ health: { lastSuccess, lastFailure } }: Pick<EndpointItem, "health">) {
  const isFailed =
    lastFailure !== null &&
    (lastSuccess === null || Date.parse(lastFailure.at) > Date.parse(lastSuccess.at));
  const last = isFailed ? lastFailure : lastSuccess;
  if (last === null) return "–";
  return (
    <>
      <StatusMark state={isFailed ? "failed" : "delivered"}>
        {last.statusCode === 0 ? endpointWords.attempts.noAnswer : String(last.statusCode)}
      </StatusMark>{" "}
      <Time at={last.at} />
    </>
  );
}

function toColumns(hasApp: boolean): readonly Column<EndpointItem>[] {
  const { columns } = endpointWords;
  const columnOfApp: Column<EndpointItem> = {
    head: endpointWords.app,
    cell: ({ app }) => app.name,
    width: "14%",
  };
  return [
    {
      head: columns.endpoint,
      isWhole: true,
      cell: ({ url, description, health }) => (
        <span className={styles["endpoint"]}>
          <span className={styles["url"]}>{url}</span>
          <span className={styles["api"]}>
            {endpointWords.apis[health.dialect as keyof typeof endpointWords.apis]}
            {description !== "" && ` · ${description}`}
          </span>
        </span>
      ),
    },
    ...(hasApp ? [columnOfApp] : []),
    { head: columns.state, width: "fit", cell: ({ health }) => <HealthMark health={health} /> },
    {
      head: columns.since,
      width: "fit",
      cell: ({ health }) => (health.since === null ? "–" : <Time at={health.since} />),
    },
    {
      head: columns.waiting,
      align: "end",
      width: "fit",
      cell: ({ health }) => toCount(health.waiting, health.waitingIsExact),
    },
    {
      head: columns.ok,
      align: "end",
      isExtra: true,
      width: "fit",
      cell: ({ health }) => toShare(health.hour.ok, health.hour.attempts),
    },
    {
      head: columns.p95,
      align: "end",
      isExtra: true,
      width: "fit",
      cell: ({ health }) => (health.hour.p95 === null ? "–" : toDuration(health.hour.p95)),
    },
    { head: columns.last, width: "fit", cell: toLastAnswer },
    {
      head: "",
      width: "fit",
      cell: ({ id, app, health }) => (
        <StatusActions app={app.id} endpoint={id} state={health.state} />
      ),
    },
  ];
}
