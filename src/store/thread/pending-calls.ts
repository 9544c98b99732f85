/** Calls that wait for another thread's answer. */
import { createPlaces } from "../../core/places.ts";
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

/** Ids begin at `firstId`, so that several callers of one thread have different ones. An id is used again after its answer. */
export function createPendingCalls(firstId = 0): PendingCalls {
  const calls = createPlaces<PendingCall>();

  return {
    get size() {
      return calls.size;
    },
    add: (call) => firstId + calls.add(call),
    get: (id) => calls.get(id - firstId),
    settle(answer) {
      const call = calls.remove(answer[0] - firstId);
      if (answer[1]) call?.resolve(answer[2]);
      else call?.reject(readError(answer[2]));
    },
    rejectAll(error) {
      for (const [place, call] of calls.entries()) {
        calls.remove(place);
        call.reject(error);
      }
    },
  };
}
