/** A stranger's requests, from another thread: the same few in turn, until they are stopped. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RunningAttack } from "./measure-attacks.ts";

export type AttackRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type AttackPlan = {
  readonly url: string;
  readonly requests: readonly AttackRequest[];
  /** Requests under way at once. */
  readonly connections: number;
  /** All connections together; as fast as they are answered unless given. */
  readonly perSecond?: number;
};

/** How many answers there were so far, by status; `0` counts requests without one. */
export type Answers = Readonly<Record<string, number>>;

/** Resolves once the first request was answered, so that what follows is under attack. */
export async function startRequests(plan: AttackPlan): Promise<RunningAttack<Answers>> {
  const worker = new Worker(new URL("./attack-thread.ts", import.meta.url), { workerData: plan });
  const counts: Record<string, number> = {};
  worker.on("message", (status: number) => {
    counts[status] = (counts[status] ?? 0) + 1;
  });
  await once(worker, "message");
  return {
    outcome: () => ({ ...counts }),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
