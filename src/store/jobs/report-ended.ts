/** The operational event of a job that ended, in the transaction of its end. */
import type { Job } from "../interface/jobs.ts";
import type { Steps, WriteSession } from "../session.ts";

export type Ended = { readonly task: Job; readonly appSeq: number };

export function* reportEnded(s: WriteSession, ended: readonly Ended[], now: number): Steps<void> {
  yield* s.notifyOperator(
    ended.map(({ task, appSeq }) => {
      return { note: { type: "background_task.finished", task }, appSeq, now };
    }),
  );
}
