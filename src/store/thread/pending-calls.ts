/** Calls that wait for another thread's answer. */
import { type ErrorWire, readError } from "./thread-errors.ts";

export type AnswerWire =
  | readonly [id: number, ok: true, value: unknown]
  | readonly [id: number, ok: false, error: ErrorWire];

export type PendingCall = {
  readonly p: unknown;
  readonly isPublish: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
};

export type PendingCalls = {
  readonly size: number;
  add(call: PendingCall): number;
  get(id: number): PendingCall | undefined;
  settle(answer: AnswerWire): void;
  rejectAll(error: unknown): void;
};

/** Ids begin after `afterId`, so that several callers of one thread have different ones. */
export function createPendingCalls(afterId = 0): PendingCalls {
  const calls = new Map<number, PendingCall>();
  let lastId = afterId;

  function remove(id: number): PendingCall | undefined {
    const call = calls.get(id);
    if (call === undefined) return undefined;
    calls.delete(id);
    return call;
  }
  return {
    get size() {
      return calls.size;
    },
    add(call) {
      lastId += 1;
      calls.set(lastId, call);
      return lastId;
    },
    get: (id) => calls.get(id),
    settle(answer) {
      const call = remove(answer[0]);
      if (answer[1]) call?.resolve(answer[2]);
      else call?.reject(readError(answer[2]));
    },
    rejectAll(error) {
      for (const id of Array.from(calls.keys())) remove(id)?.reject(error);
    },
  };
}
