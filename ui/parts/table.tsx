/**
 * A list of the API as a table: rows of 32 px that are links, the next page on demand, and every state of its
 * read. New rows do not move the ones that a person is looking at: they wait above with their count.
 */
import { useCallback, useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { List } from "../api/reads.ts";
import type { Target } from "../paths.ts";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { PageLink } from "./page-link.tsx";
import { ROW_LINK, useRowKeys } from "./row-keys.ts";
import { ErrorState, ErrorStrip, PartialStrip, Skeleton, toAgeClass } from "./states.tsx";
import styles from "./table.module.css";

export type Column<T> = {
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  /** Numbers are at the end. */
  readonly align?: "start" | "end";
  /** `fit` is as narrow as its content; otherwise a CSS width. Without one, columns share the rest. */
  readonly width?: string;
  /** Whether the cell has a line for itself on a small screen. */
  readonly isWhole?: boolean;
  /** Whether the column gives way to the others on a screen of medium width. */
  readonly isExtra?: boolean;
};

type TableProps<T> = {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly list: List<T>;
  readonly rowKey: (row: T) => string;
  /** The page or panel of a row, if it has one. Its link is in the first column and covers the row. */
  readonly target?: (row: T) => Target | null;
  /** The key of the row whose panel is open. */
  readonly current?: string | null;
  /** The action of the key `r`, for the focused or open row. */
  readonly onSendAgain?: ((row: T) => void) | undefined;
  readonly empty: ReactNode;
};

const SCROLLED_PX = 80;
/** A cell without a value, which a small screen leaves out. */
const NONE = "–";

export function Table<T>(p: TableProps<T>) {
  const { list } = p;
  const { error, isPending, isPlaceholderData, dataUpdatedAt, refetch } = list.query;
  const { shown, arrived, hold, showAll } = useSettledRows(list.rows, p.rowKey);
  const { onSendAgain, rowKey, current = null } = p;
  useRowKeys({
    current,
    sendAgain:
      onSendAgain &&
      ((key) => {
        const chosen = list.rows.find((row) => rowKey(row) === key);
        if (chosen !== undefined) onSendAgain(chosen);
      }),
  });
  const retry = () => void refetch();
  if (isPending) return <Skeleton />;
  if (error !== null && dataUpdatedAt === 0 && list.rows.length === 0) {
    return <ErrorState error={error} onRetry={retry} />;
  }
  const strips = (
    <div className={styles["above"]}>
      {error !== null && <ErrorStrip error={error} onRetry={retry} dataAt={dataUpdatedAt} />}
      {list.searchedTo !== null && (
        <PartialStrip
          searchedTo={list.searchedTo}
          isBusy={list.isLoadingMore}
          {...(list.hasMore ? { onGoOn: list.loadMore } : {})}
        />
      )}
    </div>
  );
  // A scan that says how far it got goes on by the button of its strip.
  const more = list.hasMore && list.searchedTo === null && (
    <div className={styles["foot"]}>
      <Button look="quiet" onClick={list.loadMore} disabled={list.isLoadingMore}>
        {words.loadMore}
      </Button>
    </div>
  );
  if (list.rows.length === 0) {
    return (
      <>
        {strips}
        {error === null && !list.hasMore && p.empty}
        {more}
      </>
    );
  }
  return (
    <>
      {strips}
      {arrived > 0 && (
        <div className={styles["arrived"]}>
          <Button look="primary" onClick={showAll}>
            {words.newRows(arrived)}
          </Button>
        </div>
      )}
      <div className={classNames(styles["frame"], toAgeClass(error, isPlaceholderData))}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- only watched, so that rows stay in place */}
        <table
          className={styles["table"]}
          aria-label={p.label}
          onPointerEnter={() => hold("pointer", true)}
          onPointerLeave={() => hold("pointer", false)}
          onFocus={() => hold("focus", true)}
          onBlur={() => hold("focus", false)}
        >
          <thead>
            <tr>
              {p.columns.map((column) => (
                <th key={column.head} scope="col" {...toCellProps(column)}>
                  {column.head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={p.rowKey(row)} row={row} table={p} />
            ))}
          </tbody>
        </table>
        {more}
      </div>
    </>
  );
}

function Row<T>({ row, table }: { readonly row: T; readonly table: TableProps<T> }) {
  const { columns, current, rowKey } = table;
  const target = table.target?.(row) ?? null;
  const isCurrent = current === rowKey(row);
  return (
    <tr
      className={classNames(styles["row"], isCurrent && styles["current"])}
      {...(isCurrent ? { "aria-current": "true" } : {})}
    >
      {columns.map((column, index) => {
        const content = column.cell(row);
        const isLink = index === 0 && target !== null;
        return (
          <td
            key={column.head}
            {...toCellProps(column)}
            // A small screen has no heads above numbers.
            {...(column.align === "end" ? { "data-head": column.head } : {})}
            {...(content === NONE ? { "data-none": "" } : {})}
          >
            {isLink ? (
              <PageLink
                target={target}
                className={styles["open"] ?? ""}
                {...{ [ROW_LINK]: rowKey(row) }}
              >
                {content}
              </PageLink>
            ) : (
              content
            )}
          </td>
        );
      })}
    </tr>
  );
}

function toCellProps<T>({ align, width, isWhole, isExtra }: Column<T>): {
  readonly className: string;
  readonly style?: { readonly width: string };
} {
  const className = classNames(
    align === "end" && styles["end"],
    width === "fit" && styles["fit"],
    isWhole === true && styles["whole"],
    isExtra === true && styles["extra"],
  );
  return width === undefined || width === "fit" ? { className } : { className, style: { width } };
}

type HoldReason = "pointer" | "focus" | "scroll";

/** Keeps the row at the top in place while a person points at the rows, has one focused, or has scrolled. */
function useSettledRows<T>(
  rows: readonly T[],
  rowKey: (row: T) => string,
): {
  readonly shown: readonly T[];
  readonly arrived: number;
  readonly hold: (reason: HoldReason, isHeld: boolean) => void;
  readonly showAll: () => void;
} {
  const [reasons, setReasons] = useState<ReadonlySet<HoldReason>>(new Set());
  const newest = rows[0] === undefined ? null : rowKey(rows[0]);
  const [top, setTop] = useState(newest);
  const hold = useCallback((reason: HoldReason, isHeld: boolean): void => {
    setReasons((now) => {
      if (now.has(reason) === isHeld) return now;
      const next = new Set(now);
      if (isHeld) next.add(reason);
      else next.delete(reason);
      return next;
    });
  }, []);
  useEffect(() => {
    const look = (): void => hold("scroll", window.scrollY > SCROLLED_PX);
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, [hold]);
  const at = rows.findIndex((row) => rowKey(row) === top);
  // Rows of another search have no common row with these, so there is nothing to keep in place.
  if ((reasons.size === 0 || at === -1) && top !== newest) setTop(newest);
  const arrived = reasons.size === 0 ? 0 : Math.max(at, 0);
  return {
    shown: arrived === 0 ? rows : rows.slice(arrived),
    arrived,
    hold,
    showAll: () => {
      setTop(newest);
      window.scrollTo({ top: 0 });
    },
  };
}
