import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, test } from "node:test";
import { Client } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { toConnection, type Connection } from "../connection.ts";
import { findArrayTypes, toParameters } from "./binary-arrays.ts";

let made: TestDatabase;
let client: Client;
let connection: Connection;

before(async () => {
  made = await makeDatabase();
  client = new Client({ connectionString: made.url });
  await client.connect();
  connection = toConnection(client, { enabled: true });
});
after(async () => {
  await client.end();
  await made[Symbol.asyncDispose]();
});

/** The elements as the server prints them, in both forms of the parameter. */
async function readBoth(type: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  const statement = `SELECT coalesce(jsonb_agg(one::text), '[]')::text AS read FROM unnest($1::${type}[]) one`;
  const binary = await connection.sql<{ read: string }>(statement, [values]);
  const { rows } = await client.query<{ read: string }>(statement, [values]);
  assert.ok(toParameters(findArrayTypes(statement), [values])[0] instanceof Buffer, type);
  return [JSON.parse(binary[0]?.read ?? ""), JSON.parse(rows[0]?.read ?? "")];
}

const MIN_INT64 = -(2n ** 63n);
const CASES: readonly (readonly [type: string, values: readonly unknown[]])[] = [
  [
    "bigint",
    [0, 1, -1, null, 2 ** 31, 2 ** 32 - 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, MIN_INT64],
  ],
  ["bigint", [2n ** 63n - 1n, "9007199254740993", Number.MIN_SAFE_INTEGER, undefined]],
  ["int", [0, -1, 2 ** 31 - 1, -(2 ** 31), null]],
  ["integer", [7, "8"]],
  ["smallint", [1, -32_768, 32_767, null]],
  ["boolean", [true, false, null, 1, 0]],
  [
    "text",
    ["", "NULL", null, 'a "quoted" {word}, a \\ and a \n', "ä€😀", 12, 5n, "x".repeat(9_000)],
  ],
];

test("the server reads an array in binary form as it reads the text of the driver", async () => {
  for (const [type, values] of CASES) {
    const [binary, text] = await readBoth(type, values);
    assert.deepEqual(binary, text, type);
    assert.equal((binary as readonly unknown[]).length, values.length);
    assert.deepEqual(await readBoth(type, []), [[], []], `an empty array of ${type}`);
  }
});

test("an array of another type, and a parameter without a cast, are left to the driver", async () => {
  const bytes = Buffer.from([0, 255]);
  const rows = await connection.sql<{ bytes: Uint8Array; found: boolean }>(
    "SELECT ($1::bytea[])[1] AS bytes, 'b' = ANY ($2) AS found",
    [[bytes], ["a", "b"]],
  );
  assert.deepEqual(rows, [{ bytes, found: true }]);
});

test("an element that its type cannot hold is refused, and never cut", () => {
  const toBuffer = (type: string, value: unknown) =>
    toParameters(findArrayTypes(`SELECT $1::${type}[]`), [[value]]);
  assert.throws(() => toBuffer("bigint", 1.5), RangeError);
  assert.throws(() => toBuffer("bigint", 2n ** 63n), RangeError);
  assert.throws(() => toBuffer("int", 1.5), TypeError);
  assert.throws(() => toBuffer("int", 2 ** 31), RangeError);
  assert.throws(() => toBuffer("smallint", 32_768), RangeError);
  assert.throws(() => toBuffer("text", {}), TypeError);
});
