/** Calls that wait for a thread's answer. */
import { readReplyWire } from "./call-wire.ts";
import { readError } from "./thread-errors.ts";
import type { AnswerWire } from "./thread-messages.ts";

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

export function createPendingCalls(): PendingCalls {
  const calls = new Map<number, PendingCall>();
  let lastId = 0;

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
      if (answer[1]) call?.resolve(call.isPublish ? readReplyWire(answer[2]) : answer[2]);
      else call?.reject(readError(answer[2]));
    },
    rejectAll(error) {
      for (const id of Array.from(calls.keys())) remove(id)?.reject(error);
    },
  };
}
