/** Folds the tasks of one replay: a row for the group, and its tasks below it when it is open. */

/** A task of the API as far as a group needs it. */
export type FoldedTask = {
  readonly id: string;
  readonly status: "running" | "finished" | "failed";
  readonly data: {
    readonly groupId?: string | undefined;
    readonly reason: string | null;
    readonly progress: number;
    readonly messagesSent: number;
    readonly createdAt: string;
  };
};
export type FoldedGroup<T extends FoldedTask> = {
  readonly id: string;
  /** At least two unless it goes on, in the order of the list. */
  readonly tasks: readonly T[];
  readonly isOpen: boolean;
  /** Whether every task of the group is here. */
  readonly isWhole: boolean;
};
export type FoldedRow<T extends FoldedTask> =
  | { readonly task: T; readonly isOfGroup: boolean; readonly group?: undefined }
  | { readonly group: FoldedGroup<T> };

/**
 * A group stands where its first task does. One that has a single task is that task. The tasks of a group are made
 * at once and stand together, so only the last one goes on in a list that `hasMore`.
 */
export function foldTasks<T extends FoldedTask>(
  tasks: readonly T[],
  openGroup: string | null,
  hasMore: boolean,
): readonly FoldedRow<T>[] {
  const cut = hasMore ? findLastGroup(tasks) : null;
  const groups = Map.groupBy(tasks, ({ data }) => data.groupId ?? null);
  const rows: FoldedRow<T>[] = [];
  const folded = new Set<string>();
  for (const task of tasks) {
    const id = task.data.groupId ?? null;
    const ofGroup = id === null ? [] : (groups.get(id) ?? []);
    if (id === null || (ofGroup.length < 2 && id !== cut)) {
      rows.push({ task, isOfGroup: false });
      continue;
    }
    if (folded.has(id)) continue;
    folded.add(id);
    const isOpen = id === openGroup;
    rows.push({ group: { id, tasks: ofGroup, isOpen, isWhole: id !== cut } });
    if (isOpen) rows.push(...ofGroup.map((one) => ({ task: one, isOfGroup: true })));
  }
  return rows;
}

/** The group of the last task, whose other tasks may be on the next page of the list. */
export function findLastGroup(tasks: readonly FoldedTask[]): string | null {
  return tasks.at(-1)?.data.groupId ?? null;
}

export function toRowKey(row: FoldedRow<FoldedTask>): string {
  return row.group === undefined ? row.task.id : row.group.id;
}

/** One task in place of many: the sums, the whole progress, and the state that needs most attention. */
export function toSum({ tasks }: FoldedGroup<FoldedTask>): {
  readonly status: FoldedTask["status"];
  readonly isCancelled: boolean;
  readonly waiting: number;
  readonly progress: number;
  readonly sent: number;
  readonly createdAt: string;
} {
  const has = (status: FoldedTask["status"]): boolean =>
    tasks.some((task) => task.status === status);
  const sum = (of: (task: FoldedTask) => number): number =>
    tasks.reduce((all, task) => all + of(task), 0);
  const isCancelled = tasks.some(({ data }) => data.reason === "cancelled");
  return {
    status: has("running") ? "running" : has("failed") ? "failed" : "finished",
    isCancelled,
    waiting: tasks.filter(({ data }) => data.reason === WAITING).length,
    // A task that has ended is over, wherever it was.
    progress: sum((task) => (task.status === "running" ? task.data.progress : 1)) / tasks.length,
    sent: sum(({ data }) => data.messagesSent),
    createdAt: tasks.map(({ data }) => data.createdAt).toSorted()[0] ?? "",
  };
}

export const WAITING = "waiting_for_turn";
