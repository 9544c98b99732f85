/** Encrypted values and the rotation of their key. */
import { isTrue, type Session, type Steps, type WriteSession } from "../session.ts";
import type { EncryptedValue, EncryptionStore } from "../interface/encryption.ts";
import { ENCRYPTED_PLACES, type EncryptedPlace } from "./encrypted-places.ts";
import { finishedKeys, nextKeyId, registeredKeys, staleRefusal } from "./encryption-keys.ts";
import { readKeys, registerKeysUsed, saveKeys } from "./store-keys.ts";

type Params<M extends keyof EncryptionStore> = Parameters<EncryptionStore[M]>[0];
type Result<M extends keyof EncryptionStore> = Steps<Awaited<ReturnType<EncryptionStore[M]>>>;

type Row = {
  readonly first: number | string;
  readonly second: number | string;
  readonly owner: string;
  readonly encrypted: Uint8Array;
};
type Replacement = {
  readonly place: EncryptedPlace;
  readonly first: string;
  readonly second: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
};

export function* registerKeys(s: Session, p: Params<"registerKeys">): Result<"registerKeys"> {
  const known = yield* readKeys(s, s.sql.forUpdate);
  const isRotating = known !== null && known.next !== null;
  const isNextInUse = isRotating && (yield* isAnyEncrypted(s, "=", nextKeyId(known)));
  const { keys, answer } = registeredKeys(known, { ...p, isNextInUse });
  if (keys !== known) yield* saveKeys(s, keys, { isFirst: known === null });
  return answer;
}

export function* listStale(s: Session, p: Params<"listStale">): Result<"listStale"> {
  const values: EncryptedValue[] = [];
  let count = 0;
  const mark = Uint8Array.of(p.keyId);
  for (const [index, { table, column, keys, owner, boundTo }] of ENCRYPTED_PLACES.entries()) {
    const found = `FROM ${table} WHERE substr(${column}, 1, 1) <> ?1`;
    const counted = yield* s.one<{ count: number }>(`SELECT count(*) AS count ${found}`, [mark]);
    count += counted?.count ?? 0;
    s.checkDeadline();
    const rows = yield* s.all<Row>(
      `SELECT ${keys[0]} AS first, ${keys[1]} AS second, ${owner} AS owner, ${column} AS encrypted
       ${found} LIMIT ?2`,
      [mark, Math.max(0, p.limit - values.length)],
    );
    for (const { first, second, owner: id, encrypted } of rows) {
      values.push({
        ref: `${index} ${first} ${second}`,
        boundTo: boundTo(id, `${second}`),
        encrypted,
      });
    }
    s.checkDeadline();
  }
  return { values, count };
}

/**
 * No version is incremented: the decrypted value stays the same, and decrypted secrets in memory stay valid.
 * The applications are locked, because a change of an endpoint writes the whole row that it read.
 */
export function* reencrypt(s: WriteSession, p: Params<"reencrypt">): Result<"reencrypt"> {
  const replacements = p.values.map(toReplacement);
  const appSeqs = yield* s.together(
    ENCRYPTED_PLACES.map((place) =>
      loadApps(
        s,
        place,
        replacements.filter((one) => one.place === place),
      ),
    ),
  );
  for (const appSeq of [...new Set(appSeqs.flat())].toSorted((a, b) => a - b)) {
    yield* s.lockApp(appSeq);
  }
  yield* registerKeysUsed(
    s,
    p.values.map(({ after }) => after),
  );
  const changed = yield* s.together(replacements.map((one) => replace(s, one)));
  return { changed: changed.reduce((sum, rows) => sum + rows, 0) };
}

function toReplacement({ ref, before, after }: Params<"reencrypt">["values"][number]): Replacement {
  const [index, first, second] = ref.split(" ") as [string, string, string];
  const place = ENCRYPTED_PLACES[Number(index)];
  if (place === undefined) throw new TypeError(`"${ref}" names no encrypted value`);
  return { place, first, second, before, after };
}

function* loadApps(
  s: Session,
  { table, keys, appSeq }: EncryptedPlace,
  replacements: readonly Replacement[],
): Steps<readonly number[]> {
  if (replacements.length === 0) return [];
  const rows = yield* s.all<{ appSeq: number }>(
    `SELECT ${appSeq} AS app_seq FROM ${table} WHERE ${s.sql.oneOf(keys[0], "?1", "bigint")}`,
    [replacements.map(({ first }) => Number(first))],
  );
  return rows.map((row) => row.appSeq);
}

function* replace(s: Session, { place, first, second, before, after }: Replacement): Steps<number> {
  const { table, column, keys } = place;
  return yield* s.run(
    `UPDATE ${table} SET ${column} = ?1
     WHERE ${keys[0]} = ?2 AND ${keys[1]} = ?3 AND ${column} = ?4`,
    [after, first, second, before],
  );
}

/** Checks every value once more while no other value can be encrypted: the old key is deleted after this. */
export function* finishRotation(s: Session, p: Params<"finishRotation">): Steps<void> {
  const keys = finishedKeys(yield* readKeys(s, s.sql.forUpdate), p.fingerprint);
  if (keys === null) return;
  if (yield* isAnyEncrypted(s, "<>", keys.keyId)) throw staleRefusal();
  yield* saveKeys(s, keys, { isFirst: false });
}

function* isAnyEncrypted(s: Session, comparison: "=" | "<>", keyId: number): Steps<boolean> {
  const searches = ENCRYPTED_PLACES.map(
    ({ table, column }) =>
      `EXISTS (SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) ${comparison} ?1)`,
  );
  const row = yield* s.one<{ found: boolean | number }>(
    `SELECT ${searches.join(" OR ")} AS found`,
    [Uint8Array.of(keyId)],
  );
  return row !== null && isTrue(row.found);
}
