/** The columns of the list of tasks; a group has the same ones. */
import ChevronDown from "lucide-react/icons/chevron-down";
import ChevronRight from "lucide-react/icons/chevron-right";
import type { ReactNode } from "react";
import { useFace } from "../../face.tsx";
import { Count } from "../../parts/count.tsx";
import { AppLink, EndpointLink } from "../../parts/named-links.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useMaybeAppId } from "../../use-paths.ts";
import { taskWords } from "../../words/tasks.ts";
import { CancelButton } from "./cancel-button.tsx";
import { toSum, WAITING } from "./task-groups.ts";
import type { Task, TaskRow } from "./task-types.ts";
import styles from "./tasks.module.css";

const MARKS = { running: "waiting", finished: "delivered", failed: "failed" } as const;
const { columns: heads } = taskWords;

/** A cell of a task or of a group. */
function cell(ofTask: (task: Task) => ReactNode, ofGroup: (row: Group) => ReactNode) {
  return (row: TaskRow): ReactNode =>
    row.group === undefined ? ofTask(row.task) : ofGroup(row.group);
}
type Group = NonNullable<TaskRow["group"]>;

export const TASK_COLUMNS: readonly Column<TaskRow>[] = [
  { head: heads.what, isWhole: true, cell: (row) => <What row={row} /> },
  {
    head: heads.state,
    width: "fit",
    cell: cell(
      ({ status, data: { reason } }) => <State status={status} reason={reason} />,
      (group) => <GroupState group={group} />,
    ),
  },
  {
    head: heads.progress,
    width: "fit",
    cell: cell(
      ({ data }) => <Progress part={data.progress} />,
      (group) => (group.isWhole ? <Progress part={toSum(group).progress} /> : taskWords.unknown),
    ),
  },
  {
    head: heads.sent,
    width: "fit",
    align: "end",
    cell: cell(
      ({ data }) => <Count value={data.messagesSent} />,
      (group) => (
        <>
          {!group.isWhole && taskWords.atLeast} <Count value={toSum(group).sent} />
        </>
      ),
    ),
  },
  {
    head: heads.target,
    width: "22%",
    cell: cell(
      ({ data }) => <Receiver data={data} />,
      () => "",
    ),
  },
  {
    head: heads.by,
    width: "fit",
    cell: cell(
      (task) => <By task={task} />,
      ({ tasks: [first] }) => first !== undefined && <By task={first} />,
    ),
  },
  {
    head: heads.started,
    width: "fit",
    cell: cell(
      ({ data }) => <Time at={data.createdAt} />,
      (group) => <Time at={toSum(group).createdAt} />,
    ),
  },
  {
    head: heads.action,
    width: "fit",
    cell: cell(
      (task) => <CancelButton tasks={[task]} groupId={null} />,
      ({ id, tasks }) => <CancelButton tasks={tasks} groupId={id} />,
    ),
  },
];

/** The endpoint, or the whole app. Pages about all apps name the app beside it. */
function Receiver({ data: { appId, appName, endpointId, endpointName } }: Pick<Task, "data">) {
  const isOfAll = useMaybeAppId() === null;
  return (
    <>
      {isOfAll && <AppLink id={appId} name={appName} />}
      {isOfAll && " · "}
      {endpointId === null ? (
        taskWords.wholeApp
      ) : (
        <EndpointLink app={appId} id={endpointId} name={endpointName} />
      )}
    </>
  );
}

function What({ row }: { readonly row: TaskRow }) {
  if (row.group === undefined) {
    const { task, data } = row.task;
    return (
      <span className={row.isOfGroup ? styles["ofGroup"] : ""}>
        {taskWords.kinds[task]}
        <span className={styles["reason"]}>
          {" "}
          <Period data={data} />
        </span>
      </span>
    );
  }
  const { tasks, isOpen, isWhole } = row.group;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  const [first] = tasks;
  return (
    <span>
      <Icon size={14} className={styles["fold"] ?? ""} aria-hidden />
      {taskWords.group(tasks.length, isWhole)}
      {first !== undefined && (
        <span className={styles["reason"]}>
          {" "}
          <Period data={first.data} />
        </span>
      )}
    </span>
  );
}

/** The time of accepting, or of failing when the task goes by that. */
function Period({ data }: { readonly data: Task["data"] }) {
  const { failedSince = null, failedUntil = null } = data;
  if (failedSince !== null || failedUntil !== null) {
    return (
      <>
        {taskWords.failedFrom} <Bounds since={failedSince} until={failedUntil} />
      </>
    );
  }
  if (Date.parse(data.since) === 0) return taskWords.ofAllTime;
  return (
    <>
      {taskWords.acceptedFrom} <Bounds since={data.since} until={data.until} />
    </>
  );
}

function Bounds({
  since,
  until,
}: {
  readonly since: string | null;
  readonly until: string | null;
}) {
  return (
    <>
      {since !== null && Date.parse(since) > 0 && <Time at={since} isExact />}
      {until !== null && (
        <>
          {" – "}
          <Time at={until} isExact />
        </>
      )}
    </>
  );
}

function State({
  status,
  reason,
}: {
  readonly status: Task["status"];
  readonly reason: string | null;
}) {
  if (reason === WAITING)
    return <StatusMark state="waiting">{taskWords.reasons[WAITING]}</StatusMark>;
  return (
    <>
      <StatusMark state={MARKS[status]}>{taskWords.states[status]}</StatusMark>
      {reason !== null && <span className={styles["reason"]}> {toReason(reason)}</span>}
    </>
  );
}

function GroupState({ group }: { readonly group: Group }) {
  const { status, isCancelled, waiting } = toSum(group);
  return (
    <>
      <StatusMark state={MARKS[status]}>{taskWords.states[status]}</StatusMark>
      <span className={styles["reason"]}>
        {" "}
        {waiting > 0 && taskWords.waiting(waiting)}
        {status === "failed" && isCancelled && taskWords.reasons.cancelled}
      </span>
    </>
  );
}

function By({ task }: { readonly task: Task }) {
  const { kind } = useFace();
  const by = task.data.startedBy ?? null;
  if (by === null) return taskWords.unknown;
  if (kind === "operator" && by.name !== null) return by.name;
  return taskWords.actors[by.kind];
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
