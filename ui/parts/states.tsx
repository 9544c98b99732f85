/**
 * The states of a page that is not simply full: loading, empty, failed, partial. A failed read is never shown
 * as an empty list; the last good data stays, greyed, with its age.
 */
import AlertTriangle from "lucide-react/icons/triangle-alert";
import type { ReactNode } from "react";
import { ApiError, isUnanswered } from "../api/api-error.ts";
import type { List } from "../api/reads.ts";
import { usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { CopyableId } from "./copyable-id.tsx";
import styles from "./states.module.css";
import { toAge, toDateTime } from "./time-format.ts";
import { useNow } from "./use-now.ts";

/** Rows of the size of the final ones, which appear only when a read takes longer than a blink. */
export function Skeleton({ rows = 8 }: { readonly rows?: number }) {
  return (
    <div className={styles["skeleton"]} role="status" aria-label={words.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles["bone"]} />
      ))}
    </div>
  );
}

/** Names the missing things, and the one thing to do. */
export function EmptyState(p: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className={styles["state"]} data-state="empty">
      <p className={styles["title"]}>{p.title}</p>
      {p.children !== undefined && <div>{p.children}</div>}
      {p.action !== undefined && p.action !== false && (
        <div className={styles["actions"]}>{p.action}</div>
      )}
    </div>
  );
}

export function ErrorState(p: {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
}) {
  const { title, detail, requestId } = toProblem(p.error);
  return (
    <div className={styles["state"]} role="alert">
      <p className={styles["title"]}>{p.title ?? title}</p>
      {detail !== "" && <p>{detail}</p>}
      {requestId !== null && (
        <p>
          {words.requestId} <CopyableId id={requestId} />
        </p>
      )}
      {p.onRetry !== undefined && (
        <div className={styles["actions"]}>
          <Button onClick={p.onRetry}>{words.retry}</Button>
        </div>
      )}
    </div>
  );
}

/** A failed read above the last good data. Without an answer, the bar of the page says the rest. */
export function ErrorStrip(p: {
  readonly error: unknown;
  readonly onRetry: () => void;
  /** When the data below was read; 0 when there is none. */
  readonly dataAt: number;
}) {
  const { title, detail, requestId } = toProblem(p.error);
  const now = useNow();
  const isInBar = p.dataAt > 0 && isUnanswered(p.error);
  return (
    <div className={classNames(styles["strip"], styles["failed"])} role="alert">
      <AlertTriangle size={14} aria-hidden />
      <span className={styles["grow"]}>
        {!isInBar && `${title} ${detail} `}
        {p.dataAt > 0 && words.lastGood(toAge(p.dataAt, now))}
      </span>
      {requestId !== null && <span className={styles["id"]}>{requestId}</span>}
      {!isInBar && <Button onClick={p.onRetry}>{words.retry}</Button>}
    </div>
  );
}

/** A scan that ended early says how far it got, and goes on when asked. By default it goes back in time. */
export function PartialStrip(p: {
  readonly searchedTo: string;
  readonly toSentence?: (time: string) => string;
  readonly label?: string;
  readonly onGoOn?: () => void;
  readonly isBusy?: boolean;
}) {
  const { zone } = usePreferences();
  const { toSentence = words.searchedTo } = p;
  return (
    <div className={styles["strip"]} role="status">
      <span className={styles["grow"]}>{toSentence(toDateTime(p.searchedTo, zone))}</span>
      {p.onGoOn !== undefined && (
        <Button onClick={p.onGoOn} disabled={p.isBusy === true}>
          {p.label ?? words.goOn}
        </Button>
      )}
    </div>
  );
}

type Reading<T> = {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly isPlaceholderData: boolean;
  readonly dataUpdatedAt: number;
  readonly refetch: () => unknown;
};

/** The class of data that a read has not confirmed: its last one failed, or one for another search is under way. */
export function toAgeClass(error: unknown, isPlaceholderData: boolean): string {
  return classNames(
    error !== null && styles["old"],
    error === null && isPlaceholderData && styles["replaced"],
  );
}

/** Shows one read in the state that it is in. `children` gets the data once there is some. */
export function ReadState<T>(p: {
  readonly read: Reading<T>;
  readonly children: (data: T) => ReactNode;
  readonly skeletonRows?: number;
}) {
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch } = p.read;
  const retry = () => void refetch();
  if (data === undefined) {
    if (error !== null) return <ErrorState error={error} onRetry={retry} />;
    return <Skeleton rows={p.skeletonRows ?? 8} />;
  }
  return (
    <>
      {error !== null && <ErrorStrip error={error} onRetry={retry} dataAt={dataUpdatedAt} />}
      <div className={toAgeClass(error, isPlaceholderData)}>{p.children(data)}</div>
    </>
  );
}

/** Shows a list that is no table. Without rows it is for the children to say so. */
export function ListState<T>(p: {
  readonly list: List<T>;
  readonly children: (rows: readonly T[]) => ReactNode;
  readonly skeletonRows?: number;
}) {
  const { rows, query } = p.list;
  const { error, isPending, dataUpdatedAt, refetch } = query;
  const retry = () => void refetch();
  if (isPending) return <Skeleton rows={p.skeletonRows ?? 8} />;
  if (error !== null && dataUpdatedAt === 0) return <ErrorState error={error} onRetry={retry} />;
  return (
    <>
      {error !== null && <ErrorStrip error={error} onRetry={retry} dataAt={dataUpdatedAt} />}
      {p.children(rows)}
    </>
  );
}

export function NotFound() {
  return <EmptyState title={words.notFound}>{words.notFoundHint}</EmptyState>;
}

function toProblem(error: unknown): {
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
} {
  if (!(error instanceof ApiError)) {
    return { title: words.failedRead, detail: "", requestId: null };
  }
  if (isUnanswered(error)) return { title: words.offline, detail: "", requestId: null };
  const isPlain = error.detail === "";
  return {
    title: words.failedRead,
    detail: isPlain ? `${error.status} ${error.code}` : error.detail,
    requestId: error.requestId,
  };
}
