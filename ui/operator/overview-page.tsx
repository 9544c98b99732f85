/** The first page: the endpoints that need a person, the three times of a delivery, charts and the server. */
import { useRead } from "../api/reads.ts";
import type { Answer } from "../api/call.ts";
import { StatusActions } from "../pages/endpoint-actions.tsx";
import { RangeButtons, SeriesCharts, useChartRange } from "../pages/endpoint-charts.tsx";
import { HealthMark } from "../pages/endpoint-health.tsx";
import { useFace } from "../face.tsx";
import { buttonClass } from "../parts/button.tsx";
import { toCount } from "../parts/count.tsx";
import { Facts } from "../parts/facts.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { ReadState, Skeleton } from "../parts/states.tsx";
import { Time } from "../parts/time.tsx";
import { toDuration } from "../parts/time-format.ts";
import { pathsOf } from "../paths.ts";
import { showControls } from "../show-controls.ts";
import { overviewWords } from "../words/overview.ts";
import { FirstVisit } from "./first-visit/first-visit.tsx";
import { useFirstVisit } from "./first-visit/use-first-visit.ts";
import styles from "./overview-page.module.css";

type Overview = Answer<"GET /api/v1/overview">;

const REFETCH_MS = 5_000;
const CHARTS_MS = 30_000;

export function OverviewPage() {
  const read = useRead("GET /api/v1/overview", {}, { refetchMs: REFETCH_MS });
  const visit = useFirstVisit();
  if (visit === "loading") {
    return (
      <>
        <PageHead title={overviewWords.title} />
        <Skeleton />
      </>
    );
  }
  if (visit !== null && visit.endpoint === null) {
    return (
      <>
        <PageHead title={overviewWords.title} />
        <FirstVisit visit={visit} />
      </>
    );
  }
  return (
    <>
      <PageHead title={overviewWords.title} />
      {visit !== null && <FirstVisit visit={visit} />}
      <ReadState read={read}>
        {(overview) => (
          <>
            <Sentence overview={overview} isFirst={visit !== null} />
            <Attention overview={overview} />
            <FailedForGood overview={overview} />
            <Times recent={overview.recent} />
            <ServerCharts />
            <ServerFacts overview={overview} />
          </>
        )}
      </ReadState>
    </>
  );
}

/** The counts of a minute come at its end, so an event that just arrived is not in them. */
function Sentence({
  overview,
  isFirst,
}: {
  readonly overview: Overview;
  readonly isFirst: boolean;
}) {
  const { attention, hasMoreAttention, recent } = overview;
  const { p50, p95 } = recent.receipt;
  const isWell = attention.length === 0;
  const isQuiet = recent.events === 0;
  const quiet = isFirst ? "" : overviewWords.quiet;
  return (
    <AnswerLine tone={isWell ? "ok" : "failed"}>
      {isWell ? overviewWords.well : overviewWords.need(attention.length, hasMoreAttention)}{" "}
      {isQuiet ? quiet : toTraffic(recent.events / recent.seconds)}{" "}
      {p50 !== null && p95 !== null && overviewWords.receipt(toDuration(p50), toDuration(p95))}
    </AnswerLine>
  );
}

function Attention({ overview: { attention, hasMoreAttention } }: { overview: Overview }) {
  const { columns } = overviewWords;
  if (attention.length === 0) return null;
  return (
    <section className={styles["block"]} aria-labelledby="attention">
      <h2 id="attention">{overviewWords.attention}</h2>
      <div className={styles["scroll"]}>
        <table className={styles["table"]} aria-labelledby="attention">
          <thead>
            <tr>
              <th scope="col">{columns.endpoint}</th>
              <th scope="col">{columns.case}</th>
              <th scope="col">{columns.since}</th>
              <th scope="col" className={styles["end"]}>
                {columns.waiting}
              </th>
              <th scope="col">{columns.action}</th>
            </tr>
          </thead>
          <tbody>
            {attention.map(({ id, app, url, health }) => (
              <tr key={id}>
                <td>
                  <PageLink target={pathsOf(app.id).endpoint(id)}>
                    <bdi>{showControls(app.name)}</bdi> · <bdi>{url}</bdi>
                  </PageLink>
                </td>
                <td>
                  <HealthMark health={health} />
                </td>
                <td data-head={columns.since}>
                  {health.since === null ? overviewWords.nobody : <Time at={health.since} />}
                </td>
                <td className={styles["end"]} data-head={columns.waiting}>
                  {toCount(health.waiting, health.waitingIsExact)}
                </td>
                <td>
                  <StatusActions app={app.id} endpoint={id} state={health.state} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasMoreAttention && (
        <PageLink target={{ to: "/endpoints", search: { health: "unhealthy" } }}>
          {overviewWords.more}
        </PageLink>
      )}
    </section>
  );
}

/** The link opens the failed deliveries, and for those who may send them again also the dialog. */
function FailedForGood({ overview: { failedForGood } }: { readonly overview: Overview }) {
  const { can } = useFace();
  const { count, isExact, endpoints } = failedForGood;
  if (count === 0) return null;
  const search = { range: "24h", ...(can("CreateAttempts") ? { replay: "failed" } : {}) };
  return (
    <p className={styles["failed"]}>
      {overviewWords.failed(toCount(count, isExact), overviewWords.endpoints(endpoints))}
      <PageLink target={{ to: "/failed", search }} className={buttonClass()}>
        {can("CreateAttempts") ? overviewWords.review : overviewWords.reviewOnly}
      </PageLink>
    </p>
  );
}

/** "Is it us or them": three numbers beside each other. */
function Times({ recent }: { readonly recent: Overview["recent"] }) {
  const parts = [
    [overviewWords.accept, recent.accept],
    [overviewWords.wait, recent.wait],
    [overviewWords.receiver, recent.attempt],
  ] as const;
  return (
    <section className={styles["block"]} aria-labelledby="times">
      <h2 id="times">{overviewWords.parts}</h2>
      <dl className={styles["times"]}>
        {parts.map(([label, { p50, p95 }]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <b>{p50 === null ? overviewWords.nobody : toDuration(p50)}</b>
              {p95 !== null && <span> p95 {toDuration(p95)}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles["hint"]}>{overviewWords.partsHint}</p>
    </section>
  );
}

function ServerCharts() {
  const { since, range } = useChartRange();
  const read = useRead("GET /api/v1/stats/series", { query: { since } }, { refetchMs: CHARTS_MS });
  return (
    <section className={styles["block"]}>
      <RangeButtons range={range} />
      <ReadState read={read} skeletonRows={4}>
        {(series) => <SeriesCharts series={series} hasBacklog />}
      </ReadState>
    </section>
  );
}

function ServerFacts({ overview }: { readonly overview: Overview }) {
  const { backlog, tasks, hasMoreTasks, nodes, shards, store, version } = overview;
  const { facts } = overviewWords;
  return (
    <Facts
      rows={[
        [facts.pending, toCount(backlog.pending)],
        [facts.parked, toCount(backlog.parked)],
        [facts.tasks, toCount(tasks.length, !hasMoreTasks)],
        [facts.nodes, toCount(nodes)],
        [facts.shards, `${shards.owned}/${shards.all}`],
        [facts.store, `${store.kind}, ${toBytes(store.bytes)}`],
        [facts.version, version],
      ]}
    />
  );
}

/** A rate below one a second is easier to read by the minute. */
function toTraffic(perSecond: number): string {
  const { traffic, slowTraffic } = overviewWords;
  return perSecond < 1 ? slowTraffic(toRate(perSecond * 60)) : traffic(toRate(perSecond));
}

function toRate(rate: number): string {
  return rate >= 10 ? toCount(Math.round(rate)) : String(Number(rate.toPrecision(2)));
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

function toBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
