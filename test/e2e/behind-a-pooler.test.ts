/**
 * Two nodes on PostgreSQL through PgBouncer in transaction mode, with fewer server connections than client
 * connections. The nodes rely on no session state. Versions before 1.21 do not support prepared statements,
 * which the program detects.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { makeDatabase, testPostgres } from "../postgres/databases.ts";
import { poolerVersion, startPooler } from "../postgres/pooler.ts";

const EVENTS = 60;
const version = poolerVersion();

test(
  "nodes that share a few connections through a pooler deliver each event once",
  { skip: version === null && "pgbouncer is not installed" },
  async (t) => {
    t.diagnostic(version ?? "");
    const server = await testPostgres();
    await using database = await makeDatabase({ server });
    await using pooler = await startPooler(server);
    await using receiver = await startReceiver();
    const settings = {
      HOOKLINE_STORE: pooler.url(database.name),
      HOOKLINE_PG_LISTEN_URL: database.url,
    };
    await using one = await startNativeApi(settings);
    await using other = await startNativeApi(settings);
    const app = await one.svix.application.create({ name: "Pooled" });
    await other.svix.endpoint.create(app.id, { url: receiver.url });
    await other.svix.endpoint.create(app.id, { url: receiver.url });
    const sent = await Promise.all(
      Array.from({ length: EVENTS }, async (_, n) => {
        const node = n % 2 === 0 ? one : other;
        const message = { eventType: "invoice.paid", payload: { n } };
        return (await node.svix.message.create(app.id, message)).id;
      }),
    );
    await receiver.until(() => receiver.receipts.length >= 2 * EVENTS);
    const ids = receiver.receipts.map(({ headers }) => headers["webhook-id"]);
    assert.deepEqual(new Set(ids), new Set(sent));
    assert.equal(ids.length, 2 * EVENTS);
    const page = await other.svix.message.list(app.id, { limit: 250 });
    assert.equal(page.data.length, EVENTS);
  },
);
