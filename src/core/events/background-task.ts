/** Background tasks as Svix shows them: in its calls, and in the event `background_task.finished`. Pure. */
import type { Instant } from "../snapshot.ts";

export type TaskState = "running" | "finished" | "failed" | "cancelled";

export type Task = {
  readonly id: string;
  readonly kind: string;
  readonly state: TaskState;
  readonly appId: string;
  readonly endpointId: string | null;
  readonly params: { readonly since: Instant; readonly until: Instant | null };
  readonly done: number;
  readonly progress: number;
  readonly reason: string | null;
  readonly createdAt: Instant;
};

/** Svix has no status for cancelled. Clients that know three statuses must not get a fourth. */
export const TASK_STATUSES = {
  running: "running",
  finished: "finished",
  failed: "failed",
  cancelled: "failed",
} as const satisfies Record<TaskState, string>;

/** `data` is an extension, except for `messagesSent`. */
export function toTaskData(task: Task): object {
  const { since, until } = task.params;
  const isErasure = task.kind === "application.purge_content";
  return {
    messagesSent: task.kind.startsWith("endpoint.") ? task.done : 0,
    messagesErased: isErasure ? task.done : 0,
    // Svix's name for the same number.
    ...(isErasure ? { messagesPurged: task.done } : undefined),
    progress: Math.round(task.progress * 1000) / 1000,
    reason: task.state === "cancelled" ? "cancelled" : task.reason,
    appId: task.appId,
    endpointId: task.endpointId,
    since: toIso(since),
    until: until === null ? null : toIso(until),
    createdAt: toIso(task.createdAt),
  };
}

function toIso(at: Instant): string {
  return new Date(at).toISOString();
}
