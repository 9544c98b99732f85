/** Endpoints by a `ref`: an id or a uid; where one text is both, the id wins. */
import type { Session, Steps } from "../session.ts";

/** The number of the live endpoint of the application with this id, else with this uid. */
export function* findEndpointSeq(s: Session, appSeq: number, ref: string): Steps<number | null> {
  const byId = yield* s.one<{ seq: number }>(
    "SELECT seq FROM endpoint WHERE id = ?1 AND app_seq = ?2 AND status <> 'deleted'",
    [ref, appSeq],
  );
  if (byId !== null) return byId.seq;
  const byUid = yield* s.one<{ seq: number }>(
    "SELECT seq FROM endpoint WHERE app_seq = ?1 AND uid = ?2 AND status <> 'deleted'",
    [appSeq, ref],
  );
  return byUid?.seq ?? null;
}
