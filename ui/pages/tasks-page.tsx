/** The tasks of the app, or of all apps: replays and erasures, how far they are, and a way to stop them. */
import type { ReactNode } from "react";
import { useChange, useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Count } from "../parts/count.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useToast } from "../parts/toast.tsx";
import { usePreferences } from "../preferences.ts";
import { useMaybeAppId } from "../use-paths.ts";
import { taskWords } from "../words/tasks.ts";
import { words } from "../words.ts";
import styles from "./tasks-page.module.css";

type Task = Row<"GET /api/v1/background-task">;

const LOOK_EVERY_MS = 2_000;
const MARKS = { running: "waiting", finished: "delivered", failed: "failed" } as const;
const { columns: heads } = taskWords;

const COLUMNS: readonly Column<Task>[] = [
  { head: heads.what, cell: ({ task }) => taskWords.kinds[task], isWhole: true },
  {
    head: heads.state,
    width: "fit",
    cell: ({ status, data }) => (
      <>
        <StatusMark state={MARKS[status]}>{taskWords.states[status]}</StatusMark>
        {data.reason !== null && <span className={styles["reason"]}> {toReason(data.reason)}</span>}
      </>
    ),
  },
  { head: heads.progress, width: "fit", cell: ({ data }) => <Progress part={data.progress} /> },
  {
    head: heads.sent,
    width: "fit",
    align: "end",
    cell: ({ data }) => <Count value={data.messagesSent} />,
  },
  {
    head: heads.period,
    width: "fit",
    cell: ({ data }) => (
      <>
        {taskWords.from} <Time at={data.since} isExact />
      </>
    ),
  },
  {
    head: heads.target,
    cell: ({ data }) =>
      data.endpointId === null ? taskWords.wholeApp : <CopyableId id={data.endpointId} />,
  },
  { head: heads.started, width: "fit", cell: ({ data }) => <Time at={data.createdAt} /> },
  { head: heads.action, width: "fit", cell: (task) => <CancelButton task={task} /> },
];

export function TasksPage() {
  const app = useMaybeAppId();
  const { isLive } = usePreferences();
  const list = useList(
    "GET /api/v1/background-task",
    { query: { order: "descending", ...(app === null ? {} : { app_id: app }) } },
    isLive ? { refetchMs: LOOK_EVERY_MS } : {},
  );
  const running = list.rows.filter(({ status }) => status === "running").length;
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
        columns={COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={<EmptyState title={taskWords.empty}>{taskWords.emptyHint}</EmptyState>}
      />
    </>
  );
}

function CancelButton({ task }: { readonly task: Task }): ReactNode {
  const { can } = useFace();
  const toast = useToast();
  const cancel = useChange("POST /api/v1/background-task/{task}/cancel", [
    "GET /api/v1/background-task",
  ]);
  if (task.status !== "running" || !can("CreateAttempts")) return null;
  return (
    <Button
      disabled={cancel.isPending}
      onClick={() =>
        cancel.mutate(
          { path: { task: task.id } },
          {
            onSuccess: () => toast({ title: taskWords.cancelled }),
            onError: ({ message }) => toast({ title: message, isProblem: true }),
          },
        )
      }
    >
      {words.cancel}
    </Button>
  );
}

function Progress({ part }: { readonly part: number }) {
  const percent = Math.floor(part * 100);
  return (
    <>
      <span className={styles["bar"]} aria-hidden>
        <span className={styles["done"]} style={{ width: `${percent}%` }} />
      </span>
      {percent} %
    </>
  );
}

/** The server may know reasons that this page does not. */
function toReason(reason: string): string {
  const known: ReadonlyMap<string, string> = new Map(Object.entries(taskWords.reasons));
  return known.get(reason) ?? reason;
}
