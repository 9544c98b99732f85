/**
 * Everything sealed in this store, in one list, and the keys it is sealed with. A column that holds
 * sealed values and is missing here would be lost with its key: `sealing.test.ts` reads the schema.
 */
import {
  boundCredentials,
  boundDialectState,
  boundHeaders,
  boundSecret,
  boundTls,
  boundUserinfo,
} from "../../core/sealed-fields.ts";
import { adoptedKeys, nextKeyId, settledKeys, stillSealedOtherwise } from "../sealing-keys.ts";
import type { SealedValue, SealingStore } from "../sealing.ts";
import type { Connection } from "./connection.ts";
import { readKeys, writeKeys } from "./sealing-keys.ts";
import type { Reader, Writer } from "./writer-types.ts";

type Place = {
  readonly table: string;
  readonly column: string;
  /** Columns of the table that name a row of it. */
  readonly keys: readonly [string, string];
  /** The id that the value is bound to. */
  readonly owner: string;
  readonly boundTo: (owner: string, key: string) => string;
};

const OF_ENDPOINT = { table: "endpoint", keys: ["seq", "shard"], owner: "id" } as const;

export const SEALED_PLACES: readonly Place[] = [
  {
    table: "endpointSecret",
    column: "sealed",
    keys: ["endpointSeq", "ordinal"],
    owner: "(SELECT id FROM endpoint WHERE seq = endpointSeq)",
    boundTo: boundSecret,
  },
  { ...OF_ENDPOINT, column: "sealedHeaders", boundTo: boundHeaders },
  { ...OF_ENDPOINT, column: "sealedTls", boundTo: boundTls },
  { ...OF_ENDPOINT, column: "sealedUserinfo", boundTo: boundUserinfo },
  {
    table: "dialectState",
    column: "sealed",
    keys: ["appSeq", "dialect"],
    owner: "(SELECT id FROM app WHERE seq = appSeq)",
    boundTo: boundDialectState,
  },
  {
    table: "source",
    column: "sealedCredentials",
    keys: ["id", "appSeq"],
    owner: "id",
    boundTo: boundCredentials,
  },
];

export function adoptKeys(
  writer: Writer,
  p: Parameters<SealingStore["adoptKeys"]>[0],
): Awaited<ReturnType<SealingStore["adoptKeys"]>> {
  const known = readKeys(writer);
  const isNextInUse = known !== null && known.next !== null && isInUse(writer, nextKeyId(known));
  const { keys, answer } = adoptedKeys(known, { ...p, isNextInUse });
  if (keys !== known) writeKeys(writer, keys);
  return answer;
}

export function sealedOtherwise(
  reader: Reader,
  p: Parameters<SealingStore["sealedOtherwise"]>[0],
): Awaited<ReturnType<SealingStore["sealedOtherwise"]>> {
  const values: SealedValue[] = [];
  let count = 0;
  const mark = Uint8Array.of(p.keyId);
  for (const [index, { table, column, keys, owner, boundTo }] of SEALED_PLACES.entries()) {
    const found = `FROM ${table} WHERE substr(${column}, 1, 1) <> ?`;
    const row = reader.sql(`SELECT count(*) AS count ${found}`).get(mark);
    count += row?.["count"] as number;
    reader.checkDeadline();
    const rows = reader
      .sql(
        `SELECT ${keys[0]} AS first, ${keys[1]} AS second, ${owner} AS owner, ${column} AS sealed
         ${found} LIMIT ?`,
      )
      .all(mark, Math.max(0, p.limit - values.length)) as Row[];
    for (const { first, second, owner: id, sealed } of rows) {
      values.push({
        ref: `${index} ${first} ${second}`,
        boundTo: boundTo(id, `${second}`),
        sealed,
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
  readonly sealed: Uint8Array;
};

/**
 * No version is bumped: the value is the same to whoever opens it, and who holds an endpoint's opened
 * secrets may keep them.
 */
export function reseal(
  writer: Writer,
  p: Parameters<SealingStore["reseal"]>[0],
): { readonly changed: number } {
  let changed = 0;
  for (const { ref, before, after } of p.values) {
    const [index, first, second] = ref.split(" ") as [string, string, string];
    const place = SEALED_PLACES[Number(index)];
    if (place === undefined) throw new TypeError(`"${ref}" names no sealed value`);
    const { table, column, keys } = place;
    const done = writer
      .sql(
        `UPDATE ${table} SET ${column} = ? WHERE ${keys[0]} = ? AND ${keys[1]} = ? AND ${column} = ?`,
      )
      .run(after, first, second, before);
    changed += Number(done.changes);
  }
  return { changed };
}

/** Looks at every value once more, in the writer: after this nobody keeps the old key. */
export function settleKey(writer: Writer, p: { fingerprint: string }): void {
  const keys = settledKeys(readKeys(writer), p.fingerprint);
  if (keys === null) return;
  if (hasOther(writer, keys.keyId)) throw stillSealedOtherwise();
  writeKeys(writer, keys);
}

function isInUse({ sql }: Connection, keyId: number): boolean {
  return SEALED_PLACES.some(({ table, column }) => {
    const text = `SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) = ? LIMIT 1`;
    return sql(text).get(Uint8Array.of(keyId)) !== undefined;
  });
}

function hasOther({ sql }: Connection, keyId: number): boolean {
  return SEALED_PLACES.some(({ table, column }) => {
    const text = `SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) <> ? LIMIT 1`;
    return sql(text).get(Uint8Array.of(keyId)) !== undefined;
  });
}
