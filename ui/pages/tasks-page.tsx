/** The tasks of the app, or of all apps: replays and erasures, how far they are, and a way to stop them. */
import { useEffect, useRef } from "react";
import { useList } from "../api/reads.ts";
import type { List } from "../api/reads.ts";
import { buttonClass } from "../parts/button.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { usePreferences } from "../preferences.ts";
import { useAppPaths, useMaybeAppId } from "../use-paths.ts";
import { taskWords } from "../words/tasks.ts";
import { TASK_COLUMNS } from "./tasks/task-columns.tsx";
import { findLastGroup, foldTasks, toRowKey } from "./tasks/task-groups.ts";
import type { Task } from "./tasks/task-types.ts";

const LOOK_EVERY_MS = 2_000;
const PAGE = 100;
/** A replay has at most 1,000 endpoints, so the newest one is read whole. */
const MOST_READ_AT_ONCE = 1_100;

export function TasksPage() {
  const app = useMaybeAppId();
  const paths = useAppPaths();
  const { isLive } = usePreferences();
  const { search } = useSearchState();
  const list = useList(
    "GET /api/v1/background-task",
    { query: { order: "descending", limit: PAGE, ...(app === null ? {} : { app_id: app }) } },
    isLive ? { refetchMs: LOOK_EVERY_MS } : {},
  );
  useWholeGroup(list);
  const running = list.rows.filter(({ status }) => status === "running").length;
  const open = search["group"] ?? null;
  return (
    <>
      <PageHead title={taskWords.title} />
      {list.rows.length > 0 && (
        <AnswerLine tone={running > 0 ? "wait" : "plain"}>
          {toSentence(running, list.hasMore)}
        </AnswerLine>
      )}
      <Table
        label={taskWords.title}
        columns={TASK_COLUMNS}
        list={{ ...list, rows: foldTasks(list.rows, open, list.hasMore) }}
        rowKey={toRowKey}
        target={({ group }) =>
          group === undefined
            ? null
            : paths.tasks({ ...search, group: group.isOpen ? undefined : group.id })
        }
        current={open}
        empty={
          <EmptyState
            title={taskWords.empty}
            action={
              <PageLink target={paths.failed()} className={buttonClass()}>
                {taskWords.toFailed}
              </PageLink>
            }
          >
            {taskWords.emptyHint}
          </EmptyState>
        }
      />
    </>
  );
}

/** Reads on while the last group goes on, so that its sums are of all its tasks. A failed read is not repeated. */
function useWholeGroup({ rows, hasMore, loadMore }: List<Task>): void {
  const goesOn = hasMore && findLastGroup(rows) !== null && rows.length < MOST_READ_AT_ONCE;
  const latest = useRef(loadMore);
  useEffect(() => {
    latest.current = loadMore;
  });
  const { length } = rows;
  useEffect(() => {
    if (goesOn && length > 0) latest.current();
  }, [goesOn, length]);
}

function toSentence(running: number, hasMore: boolean): string {
  if (running > 0) return taskWords.running(running, hasMore);
  return hasMore ? taskWords.idleShown : taskWords.idle;
}
