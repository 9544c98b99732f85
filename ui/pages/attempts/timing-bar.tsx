/** The phases of an attempt as parts of one bar, with their times as text. */
import { toDuration } from "../../parts/time-format.ts";
import { attemptWords } from "../../words/attempts.ts";
import type { Attempt } from "./attempt-types.ts";
import styles from "./attempt.module.css";

type Phase = {
  readonly id: keyof typeof attemptWords.phases;
  readonly ms: number;
};

export function TimingBar({ attempt }: { readonly attempt: Attempt }) {
  const { timing, responseDurationMs } = attempt;
  if (timing === undefined) return null;
  const { phases, whole } = toPhases(timing, responseDurationMs);
  return (
    <section className={styles["timing"]} aria-label={attemptWords.timing}>
      <svg className={styles["bar"]} width="100%" height="8" aria-hidden>
        {phases.map(({ id, ms }, index) => {
          const before = phases.slice(0, index).reduce((sum, phase) => sum + phase.ms, 0);
          return (
            <rect
              key={id}
              className={styles[id]}
              x={toShare(before, whole)}
              width={toShare(ms, whole)}
              height="8"
            />
          );
        })}
      </svg>
      <ul className={styles["phases"]}>
        {phases.map(({ id, ms }) => (
          <li key={id}>
            <svg className={styles["swatch"]} width="8" height="8" aria-hidden>
              <rect className={styles[id]} width="8" height="8" />
            </svg>
            {attemptWords.phases[id]} <b>{toDuration(ms)}</b>
          </li>
        ))}
        <li>
          {attemptWords.whole} <b>{toDuration(responseDurationMs)}</b>
        </li>
      </ul>
      {timing.connectMs === null && timing.firstByteMs !== null && (
        <p className={styles["note"]}>{attemptWords.reused}</p>
      )}
    </section>
  );
}

/** The rest is in no phase: reading the answer, or waiting for a phase that did not end. */
function toPhases(
  timing: NonNullable<Attempt["timing"]>,
  durationMs: number,
): { readonly phases: readonly Phase[]; readonly whole: number } {
  const timed: readonly (readonly [Phase["id"], number | null])[] = [
    ["dns", timing.dnsMs],
    ["connect", timing.connectMs],
    ["tls", timing.tlsMs],
    ["firstByte", timing.firstByteMs],
  ];
  const phases = timed.flatMap(([id, ms]) => (ms === null ? [] : [{ id, ms }]));
  const sum = phases.reduce((all, { ms }) => all + ms, 0);
  const rest = durationMs - sum;
  return {
    phases: rest > 0 ? [...phases, { id: "rest", ms: rest }] : phases,
    // Phases are rounded, so their sum may be a little longer. An attempt of no millisecond has a bar, too.
    whole: Math.max(durationMs, sum, 1),
  };
}

function toShare(ms: number, whole: number): string {
  return `${((ms / whole) * 100).toFixed(2)}%`;
}
