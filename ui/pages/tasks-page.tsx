/** The tasks of the app, or of all apps: replays and erasures, how far they are, and a way to stop them. */
import { useList } from "../api/reads.ts";
import { buttonClass } from "../parts/button.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { usePreferences } from "../preferences.ts";
import { useAppPaths, useMaybeAppId } from "../use-paths.ts";
import { taskWords } from "../words/tasks.ts";
import { toTaskColumns } from "./tasks/task-columns.tsx";
import { foldTasks, toRowKey } from "./tasks/task-groups.ts";

const LOOK_EVERY_MS = 2_000;

export function TasksPage() {
  const app = useMaybeAppId();
  const paths = useAppPaths();
  const { isLive } = usePreferences();
  const { search } = useSearchState();
  const list = useList(
    "GET /api/v1/background-task",
    { query: { order: "descending", ...(app === null ? {} : { app_id: app }) } },
    isLive ? { refetchMs: LOOK_EVERY_MS } : {},
  );
  const running = list.rows.filter(({ status }) => status === "running").length;
  const open = search["group"] ?? null;
  return (
    <>
      <PageHead title={taskWords.title} />
      {list.rows.length > 0 && (
        <AnswerLine tone={running > 0 ? "wait" : "plain"}>
          {running > 0 ? taskWords.running(running) : taskWords.idle}
        </AnswerLine>
      )}
      <Table
        label={taskWords.title}
        columns={toTaskColumns(list.hasMore)}
        list={{ ...list, rows: foldTasks(list.rows, open) }}
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
