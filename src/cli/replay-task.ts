/**
 * `hookline task`: shows the progress of a background task until it ends. The server does the work: the
 * command may end early, and the server may restart meanwhile.
 */
import type { Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";
import { toPercent, progressBar } from "./progress-bar.ts";
import { serverClient, type ServerChoice, type ServerClient } from "./replay-client.ts";

type Task = {
  readonly id: string;
  readonly status: "running" | "finished" | "failed";
  readonly data: {
    readonly messagesSent: number;
    readonly progress: number;
    readonly reason: string | null;
  };
};

const POLL_INTERVAL_MS = 500;
/** Time for a server to restart. */
const MOST_SILENT_MS = 60_000;
/** Progress lines when the output is not a terminal: one for every tenth. */
const LINES = 10;
const INTERRUPTED = 130;

export async function showTask(
  settings: Settings,
  p: ServerChoice & { readonly id: string; readonly cancel: boolean },
): Promise<number> {
  const client = serverClient(settings, p);
  if (p.cancel) await client.call("POST", `${toPath(p.id)}/cancel`);
  return (await watchTask(client, p.id)).code;
}

/** Shows the task until it ends. Exit code 1 when it failed or was cancelled. */
export async function watchTask(
  client: ServerClient,
  id: string,
): Promise<{ readonly code: number; readonly sent: number }> {
  const interrupted = interruption();
  const isTerminal = process.stdout.isTTY;
  let shown = -1;
  for (;;) {
    const task = await Promise.race([
      read(client, id, interrupted.isInterrupted),
      interrupted.promise,
    ]);
    if (task === null) {
      interrupted.stop();
      console.log(`${isTerminal ? "\n" : ""}The task continues on the server.
  show it    npx hookline task ${id}
  cancel it  npx hookline task ${id} --cancel`);
      return { code: INTERRUPTED, sent: 0 };
    }
    const isOver = task.status !== "running";
    const step = Math.floor(task.data.progress * LINES);
    if (isTerminal) process.stdout.write(`\r${progressLine(task)}\u001B[K${isOver ? "\n" : ""}`);
    else if (isOver || step !== shown) console.log(plainLine(task));
    shown = step;
    if (isOver) {
      interrupted.stop();
      return { code: task.status === "finished" ? 0 : 1, sent: task.data.messagesSent };
    }
    await Promise.race([wait(POLL_INTERVAL_MS), interrupted.promise]);
  }
}

/** A line such as `███████░░░  42 %  840 sent`, followed by the outcome once the task has ended. */
export function progressLine(task: Task): string {
  return `${progressBar(task.data.progress)} ${plainLine(task)}`;
}

export function plainLine({ status, data }: Task): string {
  const percent = toPercent(data.progress);
  const sent = `${data.messagesSent.toLocaleString("en-US")} sent`;
  if (status === "running") return `${percent}  ${sent}`;
  const end = status === "finished" ? "done" : (data.reason ?? "failed").replaceAll("_", " ");
  return `${percent}  ${sent}, ${end}`;
}

/** Retries for a while when the server does not answer. */
async function read(client: ServerClient, id: string, isGone: () => boolean): Promise<Task> {
  const until = Date.now() + MOST_SILENT_MS;
  for (;;) {
    try {
      return (await client.call("GET", toPath(id))) as Task;
    } catch (error) {
      const isAway = error instanceof AppError && error.code === "store_unavailable";
      if (!isAway || isGone() || Date.now() > until) throw error;
      await wait(POLL_INTERVAL_MS);
    }
  }
}

function toPath(id: string): string {
  return `/background-task/${encodeURIComponent(id)}`;
}

/** Catches the first Ctrl-C. A second one ends the program as usual. */
function interruption(): {
  readonly promise: Promise<null>;
  readonly isInterrupted: () => boolean;
  readonly stop: () => void;
} {
  const { promise, resolve } = Promise.withResolvers<null>();
  let isInterrupted = false;
  const onInterrupt = (): void => {
    isInterrupted = true;
    resolve(null);
  };
  process.once("SIGINT", onInterrupt);
  return {
    promise,
    isInterrupted: () => isInterrupted,
    stop: () => process.removeListener("SIGINT", onInterrupt),
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
