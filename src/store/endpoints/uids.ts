/** Uids of endpoints: unique among the live endpoints of an application. */
import { AppError } from "../../core/error.ts";
import type { Steps, WriteSession } from "../session.ts";

type UidChange = { readonly before: string | null; readonly after: string | null };

/**
 * Refuses with `conflict`. Changes are judged in order: a uid that an earlier change frees is available
 * to a later one.
 */
export function* refuseTakenUids(
  s: WriteSession,
  appSeq: number,
  changes: readonly UidChange[],
): Steps<void> {
  const wanted = changes.flatMap(({ after }) => (after === null ? [] : [after]));
  if (wanted.length === 0) return;
  const rows = yield* s.all<{ uid: string }>(
    `SELECT uid FROM endpoint
     WHERE app_seq = ?1 AND ${s.sql.oneOf("uid", "?2", "text")} AND status <> 'deleted'`,
    [appSeq, wanted],
  );
  const taken = new Set(rows.map(({ uid }) => uid));
  for (const { before, after } of changes) {
    if (after !== null && taken.has(after)) {
      throw new AppError(
        "conflict",
        `The application already has an endpoint with the uid "${after}"; use another uid.`,
      );
    }
    if (before !== null) taken.delete(before);
    if (after !== null) taken.add(after);
  }
}

/** Before several rows get new uids: the index is checked row by row, in any order. */
export function* freeUids(s: WriteSession, endpointSeqs: readonly number[]): Steps<void> {
  if (endpointSeqs.length < 2) return;
  yield* s.run(`UPDATE endpoint SET uid = NULL WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`, [
    endpointSeqs,
  ]);
}
