import assert from "node:assert/strict";
import { test } from "node:test";
import { MEMORY, openConnection } from "../connection.ts";
import { migrate } from "../migrations.ts";
import { ENCRYPTED_PLACES } from "../../maintenance/encrypted-places.ts";
import { toText } from "../session.ts";

test("every column with encrypted values is part of a key rotation", () => {
  const connection = openConnection({ path: MEMORY, readOnly: false });
  migrate(connection);
  const columns = connection
    .sql(
      `SELECT schema.name || '.' || columns.name AS place
       FROM sqlite_schema AS schema, pragma_table_info(schema.name) AS columns
       WHERE schema.type = 'table' AND columns.name LIKE 'encrypted%'`,
    )
    .all();
  const listed = ENCRYPTED_PLACES.map(({ table, column }) => toText(`${table}.${column}`));
  assert.deepEqual(new Set(listed), new Set(columns.map(({ place }) => place)));
  connection.db.close();
});
