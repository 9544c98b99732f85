/**
 * The names for the ids of one page of a list: a statement for its applications and one for its endpoints, so that no
 * page reads a row for each of its rows. Deleted ones have no name.
 */
import type { AppStore, Names } from "../interface/tenancy.ts";
import type { Session, Steps } from "../session.ts";

export function* findNames(s: Session, p: Parameters<AppStore["names"]>[0]): Steps<Names> {
  const { oneOf } = s.sql;
  const apps =
    p.appRefs.length === 0
      ? []
      : yield* s.all<Names["apps"][number]>(
          `SELECT id, uid, name FROM app WHERE deleted_at IS NULL AND ${oneOf("id", "?1", "text")}
           UNION SELECT id, uid, name FROM app
           WHERE uid IS NOT NULL AND deleted_at IS NULL AND ${oneOf("uid", "?1", "text")}`,
          [p.appRefs],
        );
  const endpoints =
    p.endpointIds.length === 0
      ? []
      : yield* s.all<Names["endpoints"][number]>(
          `SELECT endpoint.id AS id, url, app.id AS app_id
           FROM endpoint JOIN app ON app.seq = endpoint.app_seq
           WHERE ${oneOf("endpoint.id", "?1", "text")} AND status <> 'deleted' AND app.deleted_at IS NULL`,
          [p.endpointIds],
        );
  return { apps, endpoints };
}
