import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDatabase } from "../../../test/postgres/databases.ts";
import { createPool, type Connection } from "./connection.ts";
import { writeTransaction } from "./transaction.ts";

test("statements sent together with one that fails throw its error, and are run again with it", async () => {
  await using database = await makeDatabase();
  await database.sql("CREATE TABLE public.one (id INTEGER PRIMARY KEY)");
  await database.sql("INSERT INTO public.one VALUES (1)");
  await database.sql("GRANT ALL ON public.one TO PUBLIC");
  const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 5_000 });
  try {
    const opened = { pool, preparing: { enabled: true } };
    // The failing statement is wrapped deeper, so that its error arrives after those of the others.
    const deeper = async (c: Connection, text: string): Promise<unknown> =>
      await (async () => await (async () => await (async () => await c.sql(text))())())();
    const together = (c: Connection, text: string) =>
      Promise.all([deeper(c, text), c.sql("SELECT 1"), c.run("SELECT 2")]);
    await assert.rejects(
      writeTransaction(opened, (c) => together(c, "SELECT 1 / 0")),
      { code: "22012" },
    );
    let tries = 0;
    await writeTransaction(opened, async (c) => {
      tries += 1;
      if (tries === 1) await together(c, "INSERT INTO public.one VALUES (1)");
    });
    assert.equal(tries, 2);
  } finally {
    await pool.end();
  }
});
