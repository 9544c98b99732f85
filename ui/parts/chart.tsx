/** A chart that is loaded when the first one is shown, so that d3 is in no first load. */
import { lazy, Suspense } from "react";
import styles from "./time-chart.module.css";
import type { TimeChartProps } from "./time-chart.tsx";

const TimeChart = lazy(async () => ({ default: (await import("./time-chart.tsx")).TimeChart }));

export function Chart(p: TimeChartProps) {
  return (
    <Suspense fallback={<div className={styles["waiting"]} />}>
      <TimeChart {...p} />
    </Suspense>
  );
}
