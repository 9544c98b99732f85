/**
 * All encrypted columns of this store in one list, and the keys of their values. An encrypted column that is
 * missing here would be lost with its key: `encryption.test.ts` reads the schema.
 */
import {
  dialectStateContext,
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../../core/crypto/encryption-context.ts";
import {
  registeredKeys,
  nextKeyId,
  finishedKeys,
  staleRefusal,
} from "../../maintenance/encryption-keys.ts";
import type { EncryptedValue, EncryptionStore } from "../../interface/encryption.ts";
import type { Connection } from "../connection.ts";
import { lockAlone } from "../server/locks.ts";
import { registerKeysUsed, lockKeys, writeFirstKeys, writeKeys } from "./encryption-keys.ts";
import type { Reader, Tx } from "../types.ts";

type Place = {
  readonly table: string;
  readonly column: string;
  /** Columns that identify a row of the table, with their types. */
  readonly keys: readonly [readonly [string, string], readonly [string, string]];
  /** SQL for the app that the row belongs to. */
  readonly appSeq: string;
  /** SQL for the id that the value is bound to. */
  readonly owner: string;
  readonly boundTo: (owner: string, key: string) => string;
};

const OF_ENDPOINT = {
  table: "endpoint",
  keys: [
    ["seq", "bigint"],
    ["shard", "integer"],
  ],
  appSeq: "app_seq",
  owner: "id",
} as const;

export const ENCRYPTED_PLACES: readonly Place[] = [
  {
    table: "endpoint_secret",
    column: "encrypted",
    keys: [
      ["endpoint_seq", "bigint"],
      ["ordinal", "integer"],
    ],
    appSeq: "(SELECT app_seq FROM endpoint WHERE seq = endpoint_seq)",
    owner: "(SELECT id FROM endpoint WHERE seq = endpoint_seq)",
    boundTo: secretContext,
  },
  { ...OF_ENDPOINT, column: "encrypted_headers", boundTo: headersContext },
  { ...OF_ENDPOINT, column: "encrypted_tls", boundTo: tlsContext },
  { ...OF_ENDPOINT, column: "encrypted_userinfo", boundTo: userinfoContext },
  {
    table: "dialect_state",
    column: "encrypted",
    keys: [
      ["app_seq", "bigint"],
      ["dialect", "text"],
    ],
    appSeq: "app_seq",
    owner: "(SELECT id FROM app WHERE seq = app_seq)",
    boundTo: dialectStateContext,
  },
];

type Encrypted = EncryptionStore["listStale"];

export async function registerKeys(
  tx: Tx,
  p: Parameters<EncryptionStore["registerKeys"]>[0],
): ReturnType<EncryptionStore["registerKeys"]> {
  const known = await lockKeys(tx, "UPDATE");
  const next = known?.next ?? null;
  const isNextInUse = known !== null && next !== null && (await isInUse(tx, nextKeyId(known)));
  const { keys, answer } = registeredKeys(known, { ...p, isNextInUse });
  if (known === null) await writeFirstKeys(tx, keys);
  else if (keys !== known) await writeKeys(tx, keys);
  return answer;
}

export async function listStale(
  reader: Reader,
  p: Parameters<Encrypted>[0],
): ReturnType<Encrypted> {
  const values: EncryptedValue[] = [];
  let count = 0;
  const mark = Uint8Array.of(p.keyId);
  for (const [index, { table, column, keys, owner, boundTo }] of ENCRYPTED_PLACES.entries()) {
    const found = `FROM ${table} WHERE substr(${column}, 1, 1) <> $1`;
    const [row] = await reader.sql<{ count: number }>(`SELECT count(*) AS count ${found}`, [mark]);
    count += row?.count ?? 0;
    reader.checkDeadline();
    const [[first], [second]] = keys;
    const rows = await reader.sql<Row>(
      `SELECT ${first} AS first, ${second} AS second, ${owner} AS owner, ${column} AS encrypted
       ${found} LIMIT $2`,
      [mark, Math.max(0, p.limit - values.length)],
    );
    for (const one of rows) {
      values.push({
        ref: `${index} ${one.first} ${one.second}`,
        boundTo: boundTo(one.owner, `${one.second}`),
        encrypted: one.encrypted,
      });
    }
    reader.checkDeadline();
  }
  return { values, count };
}

type Row = {
  readonly first: number | string;
  readonly second: number | string;
  readonly owner: string;
  readonly encrypted: Uint8Array;
};

type Replacement = {
  readonly first: string;
  readonly second: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
};

/**
 * No version is bumped: the decrypted value stays the same, and lanes may keep decrypted secrets. The apps
 * are locked, because a change of an endpoint writes the whole row that it read.
 */
export async function reencrypt(
  tx: Tx,
  p: Parameters<EncryptionStore["reencrypt"]>[0],
): ReturnType<EncryptionStore["reencrypt"]> {
  const byPlace = new Map<Place, Replacement[]>();
  for (const { ref, before, after } of p.values) {
    const [index, first, second] = ref.split(" ") as [string, string, string];
    const place = ENCRYPTED_PLACES[Number(index)];
    if (place === undefined) throw new TypeError(`"${ref}" names no encrypted value`);
    const replacements = byPlace.get(place) ?? [];
    byPlace.set(place, [...replacements, { first, second, before, after }]);
  }
  const appSeqs: number[] = [];
  for (const [place, replacements] of byPlace) {
    appSeqs.push(...(await loadApps(tx, place, replacements)));
  }
  await lockAlone(tx, "app", appSeqs);
  await registerKeysUsed(
    tx,
    p.values.map(({ after }) => after),
  );
  let changed = 0;
  for (const [place, replacements] of byPlace) {
    changed += await replace(tx, place, replacements);
  }
  return { changed };
}

async function loadApps(
  tx: Tx,
  { table, keys, appSeq }: Place,
  replacements: readonly Replacement[],
): Promise<readonly number[]> {
  const [[first, type]] = keys;
  const rows = await tx.sql<{ appSeq: number }>(
    `SELECT DISTINCT ${appSeq} AS app_seq FROM ${table} WHERE ${first} = ANY ($1::${type}[])`,
    [replacements.map((one) => one.first)],
  );
  return rows.map((row) => row.appSeq);
}

async function replace(
  tx: Tx,
  { table, column, keys }: Place,
  replacements: readonly Replacement[],
): Promise<number> {
  const [[first, firstType], [second, secondType]] = keys;
  return await tx.run(
    `UPDATE ${table} SET ${column} = given.after
     FROM unnest($1::${firstType}[], $2::${secondType}[], $3::bytea[], $4::bytea[])
       AS given (first, second, before, after)
     WHERE ${first} = given.first AND ${second} = given.second AND ${column} = given.before`,
    [
      replacements.map((one) => one.first),
      replacements.map((one) => one.second),
      replacements.map((one) => one.before),
      replacements.map((one) => one.after),
    ],
  );
}

/**
 * Checks every value once more while the lock stops all encryption. Afterwards no value needs the old key.
 */
export async function finishRotation(tx: Tx, p: { fingerprint: string }): Promise<void> {
  const keys = finishedKeys(await lockKeys(tx, "UPDATE"), p.fingerprint);
  if (keys === null) return;
  if (await hasOther(tx, keys.keyId)) throw staleRefusal();
  await writeKeys(tx, keys);
}

async function isInUse(connection: Connection, keyId: number): Promise<boolean> {
  return await isAnyEncrypted(connection, "=", keyId);
}

async function hasOther(connection: Connection, keyId: number): Promise<boolean> {
  return await isAnyEncrypted(connection, "<>", keyId);
}

async function isAnyEncrypted(
  connection: Connection,
  comparison: "=" | "<>",
  keyId: number,
): Promise<boolean> {
  const searches = ENCRYPTED_PLACES.map(
    ({ table, column }) =>
      `EXISTS (SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) ${comparison} $1)`,
  );
  const [row] = await connection.sql<{ any: boolean }>(`SELECT ${searches.join(" OR ")} AS any`, [
    Uint8Array.of(keyId),
  ]);
  return row?.any === true;
}
