/** The charts of attempts, of the time to the receipt, and of the backlog, over one range of time. */
import type { Answer } from "../api/call.ts";
import { Button } from "../parts/button.tsx";
import { Chart } from "../parts/chart.tsx";
import { toCount } from "../parts/count.tsx";
import { toDuration } from "../parts/time-format.ts";
import type { ChartSeries, ChartTone } from "../parts/time-chart.tsx";
import { useNow } from "../parts/use-now.ts";
import { useSearchState } from "../parts/use-search.ts";
import { words } from "../words.ts";
import { endpointWords } from "../words/endpoints.ts";
import styles from "./endpoint-charts.module.css";

export type Series = Answer<"GET /api/v1/stats/series">;
type Point = Series["data"][number]["points"][number];

const { charts } = endpointWords;
const RESULTS = [
  ["ok", "ok"],
  ["clientError", "retry"],
  ["serverError", "failed"],
  ["timeout", "parked"],
  ["network", "wait"],
  ["other", "ink"],
] as const satisfies readonly (readonly [string, ChartTone])[];
const PERCENTILES = [
  ["p50", "ok"],
  ["p95", "wait"],
  ["p99", "retry"],
] as const;
const RANGES = ["1h", "6h", "24h", "7d", "30d"] as const;
const HOUR_MS = 3_600_000;
const LENGTHS_MS: Readonly<Record<(typeof RANGES)[number], number>> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
  "30d": 30 * 24 * HOUR_MS,
};
/** Equal requests within a minute are one. */
const STEP_MS = 60_000;

/** The range of the charts in the address, a day without one. */
export function useChartRange(): { readonly since: string; readonly range: string } {
  const { search } = useSearchState();
  const range = RANGES.find((one) => one === search["range"]) ?? "24h";
  const end = Math.floor(useNow() / STEP_MS) * STEP_MS;
  return { range, since: new Date(end - LENGTHS_MS[range]).toISOString() };
}

export function RangeButtons({ range }: { readonly range: string }) {
  const { setSearch } = useSearchState();
  return (
    <div className={styles["ranges"]} role="group" aria-label={charts.results}>
      {RANGES.map((one) => (
        <Button
          key={one}
          look={one === range ? "plain" : "quiet"}
          aria-pressed={one === range}
          title={words.ranges[one]}
          onClick={() => setSearch({ range: one === "24h" ? undefined : one })}
        >
          {one}
        </Button>
      ))}
    </div>
  );
}

export function SeriesCharts(p: { readonly series: Series; readonly hasBacklog: boolean }) {
  const { series, hasBacklog } = p;
  const at = toSteps(series);
  const points = new Map((series.data[0]?.points ?? []).map((point) => [point.at, point]));
  const values = (read: (point: Point) => number | null, absent: number | null) =>
    at.map((instant) => {
      const point = points.get(instant);
      return point === undefined ? absent : read(point);
    });
  const results = RESULTS.map(([name, tone]): ChartSeries => ({
    label: charts[name],
    tone,
    values: values((point) => (point.results as Record<string, number>)[name] ?? 0, 0),
  }));
  const isUsed = ({ values: all, label }: ChartSeries): boolean =>
    label === charts.ok || all.some((value) => (value ?? 0) > 0);
  return (
    <div className={styles["charts"]}>
      <Chart
        title={charts.results}
        form="bars"
        at={at}
        series={results.filter(isUsed)}
        toText={toCount}
      />
      <Chart
        title={charts.times}
        form="lines"
        at={at}
        series={PERCENTILES.map(([name, tone]) => ({
          label: name,
          tone,
          values: values((point) => point.receipt[name], null),
        }))}
        toText={toDuration}
      />
      {hasBacklog && (
        <Chart
          title={charts.backlog}
          form="lines"
          at={at}
          series={[
            { label: charts.pending, tone: "wait", values: values(({ pending }) => pending, null) },
            { label: charts.parked, tone: "parked", values: values(({ parked }) => parked, null) },
          ]}
          toText={toCount}
        />
      )}
    </div>
  );
}

/** Every step of the range; the answer leaves out those without numbers. */
function toSteps({ since, until, step }: Series): readonly string[] {
  const steps: string[] = [];
  for (let at = Date.parse(since); at < Date.parse(until); at += step * 1000) {
    steps.push(new Date(at).toISOString());
  }
  return steps;
}
