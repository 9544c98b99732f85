/**
 * Values over time, as stacked bars or as lines, with a table behind them. The tones are those of the states.
 * Pages use it through `chart.tsx`, which loads it later.
 */
import { scaleLinear } from "d3-scale";
import { line as toLine } from "d3-shape";
import { useEffect, useRef, useState } from "react";
import { usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./time-chart.module.css";
import { toDateTime } from "./time-format.ts";

export type ChartTone = "ok" | "wait" | "retry" | "parked" | "failed" | "ink";
export type ChartSeries = {
  readonly label: string;
  readonly tone: ChartTone;
  /** One per instant; null where nothing was measured. */
  readonly values: readonly (number | null)[];
};
export type TimeChartProps = {
  readonly title: string;
  readonly form: "bars" | "lines";
  readonly at: readonly string[];
  readonly series: readonly ChartSeries[];
  readonly toText: (value: number) => string;
};

const HEIGHT = 132;
const LEFT = 44;
const BOTTOM = 16;
const TICKS = 3;
const ALONE_PX = 2;

export function TimeChart(p: TimeChartProps) {
  const [isTable, setTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const shownAt = pointed ?? p.at.length - 1;
  const isEmpty = p.series.every(({ values }) => values.every((value) => value === null));
  return (
    <figure className={styles["chart"]} aria-label={p.title}>
      <div className={styles["head"]}>
        <h2>{p.title}</h2>
        <Button look="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? words.chart.asChart : words.chart.asTable}
        </Button>
        <div className={styles["legend"]} aria-hidden>
          {p.series.map(({ label, tone, values }) => {
            const value = values[shownAt] ?? null;
            return (
              <span key={label} className={styles["key"]}>
                <span className={classNames(styles["swatch"], styles[tone])} />
                {label} {value !== null && <b>{p.toText(value)}</b>}
              </span>
            );
          })}
        </div>
      </div>
      {isEmpty && <div className={styles["empty"]}>{words.chart.empty}</div>}
      {!isEmpty && isTable && <ChartTable {...p} />}
      {!isEmpty && !isTable && <Plot {...p} pointed={pointed} onPoint={setPointed} />}
    </figure>
  );
}

type PlotProps = TimeChartProps & {
  readonly pointed: number | null;
  readonly onPoint: (index: number | null) => void;
};

function Plot(p: PlotProps) {
  const { ref, width } = useWidth();
  const { zone } = usePreferences();
  const count = p.at.length;
  const step = Math.max(0, width - LEFT) / Math.max(1, count);
  const top = Math.max(1, ...totals(p));
  const y = scaleLinear()
    .domain([0, top])
    .nice(TICKS)
    .range([HEIGHT - BOTTOM, 6]);
  const toX = (index: number): number => LEFT + step * index;
  const point = (clientX: number, left: number): void => {
    const index = Math.floor((clientX - left - LEFT) / step);
    p.onPoint(index >= 0 && index < count ? index : null);
  };
  return (
    <div
      ref={ref}
      className={styles["plot"]}
      onPointerMove={(event) =>
        point(event.clientX, event.currentTarget.getBoundingClientRect().left)
      }
      onPointerLeave={() => p.onPoint(null)}
    >
      <svg role="img" aria-label={p.title}>
        {y.ticks(TICKS).map((tick) => (
          <g key={tick}>
            <line className={styles["grid"]} x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
            <text className={styles["axis"]} x={LEFT - 6} y={y(tick) + 3} textAnchor="end">
              {p.toText(tick)}
            </text>
          </g>
        ))}
        {p.form === "bars" ? (
          <Bars {...p} y={y} toX={toX} step={step} />
        ) : (
          <Lines {...p} y={y} toX={toX} step={step} />
        )}
        {p.pointed !== null && (
          <line
            className={styles["cursor"]}
            x1={toX(p.pointed) + step / 2}
            x2={toX(p.pointed) + step / 2}
            y1={0}
            y2={HEIGHT - BOTTOM}
          />
        )}
        {toLabelled(count, p.pointed).map((index) => (
          <text
            key={index}
            className={styles["axis"]}
            x={toX(index) + (index === 0 ? 0 : step / 2)}
            y={HEIGHT - 3}
            textAnchor={toAnchor(index, count)}
          >
            {toDateTime(p.at[index] ?? "", zone)}
          </text>
        ))}
      </svg>
    </div>
  );
}

type Drawn = TimeChartProps & {
  readonly y: (value: number) => number;
  readonly toX: (index: number) => number;
  readonly step: number;
};

function Bars({ series, at, y, toX, step }: Drawn) {
  const gap = step > 4 ? 1 : 0;
  return at.map((instant, index) => {
    let below = 0;
    return (
      <g key={instant}>
        {series.map(({ label, tone, values }) => {
          const value = values[index] ?? 0;
          const from = below;
          below += value;
          if (value === 0) return null;
          return (
            <rect
              key={label}
              className={styles[tone]}
              fill="currentColor"
              x={toX(index)}
              width={Math.max(0.5, step - gap)}
              y={y(below)}
              height={Math.max(0.5, y(from) - y(below))}
            />
          );
        })}
      </g>
    );
  });
}

function Lines({ series, at, y, toX, step }: Drawn) {
  const draw = toLine<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => toX(index) + step / 2)
    .y((value) => y(value ?? 0));
  return series.map(({ label, tone, values }) => (
    <g key={label} className={styles[tone]}>
      <path className={styles["line"]} d={draw([...values]) ?? ""} />
      {values.map((value, index) =>
        value === null || !isAlone(values, index) ? null : (
          <circle
            key={at[index]}
            fill="currentColor"
            cx={toX(index) + step / 2}
            cy={y(value)}
            r={ALONE_PX}
          />
        ),
      )}
    </g>
  ));
}

/** A line through one value has no length. */
function isAlone(values: readonly (number | null)[], index: number): boolean {
  return (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
}

function ChartTable({ title, at, series, toText }: TimeChartProps) {
  const { zone } = usePreferences();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard
    <div className={styles["table"]} tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.chart.time}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at.map((instant, index) => (
            <tr key={instant}>
              <th scope="row">{toDateTime(instant, zone)}</th>
              {series.map(({ label, values }) => {
                const value = values[index] ?? null;
                return <td key={label}>{value === null ? "–" : toText(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The heights of the bars, or the values of the lines. */
function totals({ form, at, series }: TimeChartProps): readonly number[] {
  if (form === "lines") return series.flatMap(({ values }) => values.map((value) => value ?? 0));
  return at.map((_, index) => series.reduce((all, { values }) => all + (values[index] ?? 0), 0));
}

/** The first and the last instant, and the one under the pointer where it has room. */
function toLabelled(count: number, pointed: number | null): readonly number[] {
  if (count === 0) return [];
  const ends = count === 1 ? [0] : [0, count - 1];
  const hasRoom = pointed !== null && pointed > count * 0.2 && pointed < count * 0.8;
  return hasRoom ? [...ends, pointed] : ends;
}

function toAnchor(index: number, count: number): "start" | "middle" | "end" {
  if (index === 0) return "start";
  return index === count - 1 ? "end" : "middle";
}

function useWidth(): {
  readonly ref: React.RefObject<HTMLDivElement | null>;
  readonly width: number;
} {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
