/**
 * Requests of an unauthenticated client, from another thread: the same few in turn, until the attack is
 * stopped.
 */
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
  /** Requests in flight at the same time. */
  readonly connections: number;
  /** The rate of all connections together. Without it each request follows the previous response. */
  readonly perSecond?: number;
};

/** The number of responses so far, by status. `0` counts requests without a response. */
export type Answers = Readonly<Record<string, number>>;

/** An answer of the attacked server, as the thread reports it. */
export type AttackAnswer = { readonly status: number; readonly text?: string };

/**
 * Resolves once the first request is answered, so that the attack is active. `onRefusal` gets the text of the
 * first refusal for a rate (429).
 */
export async function startRequests(
  plan: AttackPlan,
  onRefusal: (text: string) => void = () => undefined,
): Promise<RunningAttack<Answers>> {
  const worker = new Worker(new URL("./attack-thread.ts", import.meta.url), { workerData: plan });
  const counts: Record<string, number> = {};
  worker.on("message", ({ status, text }: AttackAnswer) => {
    counts[status] = (counts[status] ?? 0) + 1;
    if (text !== undefined) onRefusal(text);
  });
  await once(worker, "message");
  return {
    outcome: () => ({ ...counts }),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
