import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { findPackaged } from "./binaries.ts";
import { makeDatabase, testPostgres } from "./databases.ts";
import { GUARDED, startPostgres, type PostgresServer } from "./server.ts";

test("the server of the package runs as well as the machine's own", async () => {
  await using server = await startPostgres({ bin: findPackaged() });
  assert.match(await queryValue(server, "SELECT version()"), /^PostgreSQL 1[5-9]/);
});

test("the server is as durable as the program requires, and keeps its data when it is killed", async () => {
  await using server = await startPostgres({ settings: { max_connections: "7" } });
  for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
    assert.equal(await queryValue(server, `SHOW ${setting}`), "on");
  }
  assert.equal(await queryValue(server, "SHOW max_connections"), "7");
  await queryValue(server, "CREATE TABLE kept AS SELECT 'a row' AS what");
  await server.stop("kill");
  await server.start({ fsync: "off" });
  assert.equal(await queryValue(server, "SELECT what FROM kept"), "a row");
  assert.equal(await queryValue(server, "SHOW fsync"), "off");
  await assert.rejects(
    server.restart({ max_connections: "many" }),
    /did not start.*max_connections/s,
  );
});

test("a role with a password connects with it alone", async () => {
  await using server = await startPostgres();
  assert.equal(await queryValue(server, "SELECT current_user", GUARDED), GUARDED.user);
  const wrong = queryValue(server, "SELECT 1", { ...GUARDED, password: "wrong" });
  await assert.rejects(wrong, { code: "28P01" });
});

test("the tests of a process share one server", async () => {
  const [one, two] = await Promise.all([testPostgres(), testPostgres()]);
  assert.equal(one.pid(), two.pid());
});

test("a copy of a database has the same rows, and is dropped when it is disposed of", async () => {
  const first = await makeDatabase();
  await first.sql("CREATE TABLE kept AS SELECT 1 AS one");
  const copy = await makeDatabase({ template: first.name });
  assert.deepEqual(await copy.sql("SELECT one FROM kept"), [{ one: 1 }]);
  await copy[Symbol.asyncDispose]();
  await assert.rejects(copy.sql("SELECT 1"), { code: "3D000" });
});

test("the server ends and its folder is removed when the tests are killed", async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(new URL("./server.ts", import.meta.url).href)};
    const server = await startPostgres();
    process.stdout.write(server.folder + "\\n" + server.pid() + "\\n");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.endsWith("\n")) break;
  }
  const [folder, pid] = output.split("\n") as [string, string];
  assert.ok(existsSync(folder));
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  for (const end = Date.now() + 10_000; existsSync(folder); await wait(20)) {
    assert.ok(Date.now() < end, `${folder} is still there, and perhaps the server ${pid}`);
  }
});

async function queryValue(
  server: PostgresServer,
  text: string,
  login?: Parameters<PostgresServer["url"]>[1],
): Promise<string> {
  const client = new Client({ connectionString: server.url("postgres", login) });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(text);
    return Object.values(rows[0] ?? {})[0] ?? "";
  } finally {
    await client.end();
  }
}
