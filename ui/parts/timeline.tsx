/** Things that happened one after the other. */
import type { ReactNode } from "react";
import type { Mark } from "../../src/core/verdict.ts";
import { classNames } from "./class-names.ts";
import { Time } from "./time.tsx";
import type { Instant } from "./time-format.ts";
import styles from "./timeline.module.css";

export type Step = {
  readonly id: string;
  readonly at: Instant;
  readonly title: ReactNode;
  readonly state?: Mark;
  readonly body?: ReactNode;
};

export function Timeline({
  label,
  steps,
}: {
  readonly label: string;
  readonly steps: readonly Step[];
}) {
  return (
    <ol className={styles["timeline"]} aria-label={label}>
      {steps.map(({ id, at, title, state = "not_due", body }) => (
        <li key={id} className={classNames(styles["step"], styles[state])}>
          <span className={styles["dot"]} aria-hidden />
          <span className={styles["title"]}>{title}</span>
          <span className={styles["at"]}>
            <Time at={at} isExact />
          </span>
          {body !== undefined && <div className={styles["body"]}>{body}</div>}
        </li>
      ))}
    </ol>
  );
}
