/** How much a replay would send, to which endpoints, how long it takes, and the receivers that are not ready. */
import TriangleAlert from "lucide-react/icons/triangle-alert";
import { useFace } from "../../face.tsx";
import { classNames } from "../../parts/class-names.ts";
import { toCount } from "../../parts/count.tsx";
import { ErrorStrip } from "../../parts/states.tsx";
import { toSpan } from "../../parts/time-format.ts";
import { toHost } from "../../../src/core/delivery/to-host.ts";
import { replayWords } from "../../words/replay.ts";
import type { EndpointEstimate, Estimate, ReplayScope } from "./replay-request.ts";
import styles from "./replay.module.css";

/** Tasks of one app that run at the same time. */
const MOST_TASKS = 20;
const MOST_SHOWN = 8;

export type ReplayWarning = keyof typeof replayWords.warnings;

export function EstimateView(p: {
  readonly warning: ReplayWarning | undefined;
  readonly kind: ReplayScope["kind"];
  readonly estimate: Estimate | undefined;
  readonly isOld: boolean;
  readonly error: Error | null;
  readonly onRetry: () => void;
}) {
  const { kind, estimate, isOld, error } = p;
  if (error !== null) return <ErrorStrip error={error} onRetry={p.onRetry} dataAt={0} />;
  if (estimate === undefined) {
    return (
      <div className={styles["estimate"]} role="status">
        {replayWords.counting}
      </div>
    );
  }
  const text = replayWords[kind];
  return (
    <div
      className={classNames(styles["estimate"], isOld && styles["old"])}
      role="status"
      aria-busy={isOld}
    >
      {estimate.estimate === 0 && estimate.isExact ? (
        <p>{text.none}</p>
      ) : (
        <>
          <Total kind={kind} estimate={estimate} />
          <Endpoints estimate={estimate} />
          {estimate.endpoints === null && p.warning !== undefined && <Warning of={p.warning} />}
          <Pace estimate={estimate} />
        </>
      )}
    </div>
  );
}

function Total({
  kind,
  estimate,
}: {
  readonly kind: ReplayScope["kind"];
  readonly estimate: Estimate;
}) {
  const { estimate: count, isExact, endpoints } = estimate;
  return (
    <p>
      <b>{replayWords[kind].count(toCount(count, isExact), count === 1 && isExact)}</b>{" "}
      {endpoints !== null &&
        replayWords.inEndpoints(
          toCount(endpoints.length, !estimate.hasMoreEndpoints),
          endpoints.length === 1 && !estimate.hasMoreEndpoints,
        )}{" "}
      <span className={styles["note"]}>{isExact ? replayWords.exact : replayWords.atLeast}</span>
    </p>
  );
}

function Endpoints({ estimate: { endpoints } }: { readonly estimate: Estimate }) {
  if (endpoints === null || endpoints.length === 0) return null;
  const shown = endpoints.slice(0, MOST_SHOWN);
  const left = endpoints.length - shown.length;
  return (
    <ul className={styles["endpoints"]}>
      {shown.map((one) => (
        <li key={one.endpointId}>
          <span className={styles["url"]} title={one.url}>
            {toHost(one.url)}
          </span>
          <span className={styles["count"]}>{toCount(one.count)}</span>
          <Warning of={findWarning(one)} />
        </li>
      ))}
      {left > 0 && <li className={styles["note"]}>{replayWords.moreEndpoints(toCount(left))}</li>}
    </ul>
  );
}

function findWarning({ state, breaker }: EndpointEstimate): ReplayWarning | null {
  if (state !== "enabled") return state;
  return breaker === "open" ? "breaker" : null;
}

/** A tenant reads nothing of a breaker. */
function Warning({ of }: { readonly of: ReplayWarning | null }) {
  const { kind } = useFace();
  if (of === null) return null;
  const word = of === "breaker" && kind === "tenant" ? "failing" : of;
  return (
    <span className={styles["warning"]}>
      <TriangleAlert size={13} aria-hidden /> {replayWords.warnings[word]}
    </span>
  );
}

function Pace({ estimate }: { readonly estimate: Estimate }) {
  const { replayPerSecond: rate } = useFace().session.server;
  const counts = (estimate.endpoints ?? []).map(({ count }) => count);
  // The largest task takes the longest, unless the tasks are so many that some wait for others.
  const largest = Math.max(estimate.endpoints === null ? estimate.estimate : 0, ...counts);
  const seconds = Math.max(largest, estimate.estimate / MOST_TASKS) / rate;
  const span = toSpan(Math.max(1, Math.ceil(seconds)) * 1_000);
  const pace = estimate.isExact ? replayWords.pace : replayWords.atLeastPace;
  return (
    <p className={styles["note"]}>
      {pace(toCount(rate), span)} {counts.length > MOST_TASKS && replayWords.turns(MOST_TASKS)}{" "}
      {replayWords.seen}
    </p>
  );
}
