/** Rows of applications, found by id or uid and locked as their use needs it. */
import type { Account } from "../../core/snapshot.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { App } from "../interface/tenancy.ts";
import { isTrue, type Session, type Steps, type WriteSession } from "../session.ts";

export type AppRow = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttleRate: number | null;
  readonly signatureHeaders: string | null;
  readonly metadata: string;
  readonly test: boolean | number;
  readonly hasErasedOptOuts: boolean | number;
  /** JSON of the limits that this application has instead of the server's; null without any. */
  readonly ownLimits: string | null;
  /** Live endpoints, and the octets of their columns (`endpoints/usage.ts`). */
  readonly endpointCount: number;
  readonly payloadFilterCount: number;
  readonly filterBytes: number;
  readonly endpointBytes: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export function toApp(row: AppRow): App {
  return {
    id: row.id,
    uid: row.uid,
    name: row.name,
    throttleRate: row.throttleRate,
    signatureHeaders: row.signatureHeaders as SignatureHeaders | null,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    test: isTrue(row.test),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

type Named = Pick<AppRow, "id" | "uid">;

/** The key of an application's metadata with the email of its account. */
export const ACCOUNT_EMAIL = "accountEmail";

export function toAccount(name: string, email: string | null): Account {
  return { name, email };
}

export function readAccount({ name, metadata }: Pick<AppRow, "name" | "metadata">): Account {
  const { [ACCOUNT_EMAIL]: email = null } = JSON.parse(metadata) as Record<string, string>;
  return toAccount(name, email);
}

export function isNamed({ id, uid }: Named, ref: string): boolean {
  return id === ref || uid === ref;
}

/** The same as `findApp`, among these rows of live applications. */
export function findNamedApp<Row extends Named>(
  rows: readonly Row[],
  ref: string,
): Row | undefined {
  return rows.find(({ id }) => id === ref) ?? rows.find(({ uid }) => uid === ref);
}

/** The live application with this id, else with this uid. */
export function* findApp(s: Session, ref: string): Steps<AppRow | null> {
  return yield* s.one<AppRow>(
    `SELECT * FROM app WHERE seq = coalesce(
       (SELECT seq FROM app WHERE id = ?1 AND deleted_at IS NULL),
       (SELECT seq FROM app WHERE uid = ?1 AND deleted_at IS NULL))`,
    [ref],
  );
}

/** Finds it like `findApp`; the application stays live until the transaction ends. */
export function* keepApp(s: WriteSession, ref: string): Steps<AppRow | null> {
  const found = yield* findApp(s, ref);
  if (found === null) return null;
  yield* s.shareApps([found.seq]);
  return yield* findApp(s, found.id);
}

/** Finds it like `findApp`, once no accept and no other change of the application is under way. */
export function* lockApp(s: WriteSession, ref: string): Steps<AppRow | null> {
  const found = yield* findApp(s, ref);
  if (found === null) return null;
  yield* s.lockApp(found.seq);
  return yield* findApp(s, found.id);
}
