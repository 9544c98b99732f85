/** Operator keys. Only hashes are stored; the key is shown once (I10). */
import { refuseLimit } from "../../core/limits/limit.ts";
import { LIMITS } from "../../core/limits.ts";
import type { OperatorRole } from "../../core/operator-role.ts";
import type { OperatorKey } from "../interface/operator-keys.ts";
import { endDashboards } from "./dashboard-sessions.ts";
import type { Session, Steps, WriteSession } from "../session.ts";

type Row = Omit<OperatorKey, "role"> & { readonly role: string };

function toOperatorKey(row: Row): OperatorKey {
  const { id, name, role, secretHash, createdAt } = row;
  return { id, name, role: role as OperatorRole, secretHash, createdAt };
}

/** On PostgreSQL concurrent calls may pass the limit. */
export function* createOperatorKey(s: WriteSession, { key }: { key: OperatorKey }): Steps<void> {
  const row = yield* s.one<{ count: number }>("SELECT count(*) AS count FROM operator_key");
  const most = s.limits.operatorKeys;
  if ((row?.count ?? 0) >= most) throw refuseLimit(LIMITS.operatorKeys, most);
  yield* s.run(
    `INSERT INTO operator_key (id, name, role, secret_hash, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5)`,
    [key.id, key.name, key.role, key.secretHash, key.createdAt],
  );
}

/** Runs for every request with an operator key: one lookup by the unique hash. */
export function* findOperatorKey(
  s: Session,
  p: { secretHash: Uint8Array },
): Steps<OperatorKey | null> {
  const row = yield* s.one<Row>("SELECT * FROM operator_key WHERE secret_hash = ?1", [
    p.secretHash,
  ]);
  return row === null ? null : toOperatorKey(row);
}

/** The limit bounds the list. */
export function* listOperatorKeys(s: Session): Steps<readonly OperatorKey[]> {
  const rows = yield* s.all<Row>(
    `SELECT * FROM operator_key ORDER BY created_at DESC, id ${s.sql.binary} DESC`,
  );
  return rows.map(toOperatorKey);
}

export function* deleteOperatorKey(s: WriteSession, p: { id: string }): Steps<boolean> {
  yield* endDashboards(s, { owner: p.id });
  return (yield* s.run("DELETE FROM operator_key WHERE id = ?1", [p.id])) > 0;
}
