/** Background tasks as Svix shows them: in its calls, and in the event `background_task.finished`. Pure. */
import type { Instant } from "../snapshot.ts";

/** A `waiting` task begins when others have ended. */
export type TaskState = "waiting" | "running" | "finished" | "failed" | "cancelled";

export type Task = {
  readonly id: string;
  readonly kind: string;
  readonly state: TaskState;
  readonly appId: string;
  readonly endpointId: string | null;
  readonly groupId: string | null;
  readonly params: {
    readonly since: Instant;
    readonly until: Instant | null;
    readonly filter?: {
      readonly failures?: {
        readonly failedSince?: Instant;
        readonly failedUntil?: Instant;
        readonly reasons?: readonly string[];
      };
    };
  };
  readonly done: number;
  readonly progress: number;
  readonly reason: string | null;
  readonly createdAt: Instant;
};

/** Svix has no status for cancelled. Clients that know three statuses must not get a fourth. */
export const TASK_STATUSES = {
  waiting: "running",
  running: "running",
  finished: "finished",
  failed: "failed",
  cancelled: "failed",
} as const satisfies Record<TaskState, string>;

/** `data` is an extension, except for `messagesSent`. */
export function toTaskData(task: Task): object {
  const { since, until, filter } = task.params;
  const { failedSince, failedUntil, reasons } = filter?.failures ?? {};
  const isErasure = task.kind === "application.purge_content";
  return {
    messagesSent: task.kind.startsWith("endpoint.") ? task.done : 0,
    messagesErased: isErasure ? task.done : 0,
    // Svix's name for the same number.
    ...(isErasure ? { messagesPurged: task.done } : undefined),
    progress: Math.round(task.progress * 1000) / 1000,
    reason: toReason(task),
    appId: task.appId,
    endpointId: task.endpointId,
    since: toIso(since),
    until: until === null ? null : toIso(until),
    ...(failedSince === undefined ? undefined : { failedSince: toIso(failedSince) }),
    ...(failedUntil === undefined ? undefined : { failedUntil: toIso(failedUntil) }),
    ...(reasons === undefined ? undefined : { reasons }),
    ...(task.groupId === null ? undefined : { groupId: task.groupId }),
    createdAt: toIso(task.createdAt),
  };
}

function toReason({ state, reason }: Task): string | null {
  if (state === "waiting") return "waiting_for_turn";
  return state === "cancelled" ? "cancelled" : reason;
}

function toIso(at: Instant): string {
  return new Date(at).toISOString();
}
