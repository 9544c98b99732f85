/**
 * I4: one endpoint of an application never answers, and a thousand deliveries wait behind it. Its neighbour
 * gets every event before the first attempt at the hung endpoint ends. The test asserts order and not time:
 * anything that makes the neighbour wait for the hung endpoint makes it wait until after such an end.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const BACKLOG = 1000;
const SHARED_EVENTS = 200;
/** The longest timeout that an endpoint may have. It must outlast the whole test. */
const HANGS_MS = 30_000;

test("a neighbour gets every event while a hung endpoint's first attempts are unanswered", async (t) => {
  using folder = temporaryFolder();
  const journal: string[] = [];
  await using hung = await startReceiver((_receipt, response) => {
    response.once("close", () => journal.push("an attempt at the hung endpoint ended"));
  });
  await using healthy = await startReceiver((receipt, response) => {
    journal.push(`received ${String(receipt.headers["webhook-id"])}`);
    response.writeHead(200).end();
  });
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      HOOKLINE_STOP_GRACE: "0",
    },
  });
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await call(server.url, method, path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  const app = String((await send("POST", "/app", { name: "neighbours" }))["id"]);
  for (const name of ["backlog.grew", "shared.news"]) {
    await send("POST", "/event-type", { name, description: "" });
  }
  const { id: hungId } = await send("POST", `/app/${app}/endpoint`, {
    url: hung.url,
    filterTypes: ["backlog.grew", "shared.news"],
    timeoutMs: HANGS_MS,
  });
  await send("POST", `/app/${app}/endpoint`, { url: healthy.url, filterTypes: ["shared.news"] });

  const backlog = Array.from({ length: BACKLOG }, (_, n) => ({
    eventType: "backlog.grew",
    payload: { n },
  }));
  await send("POST", `/app/${app}/msg/batch`, backlog);
  // The lane of the hung endpoint is full: its attempts in flight have arrived, and the other deliveries
  // wait.
  await hung.until(() => hung.receipts.length > 0);

  const ids: unknown[] = [];
  for (let n = 0; n < SHARED_EVENTS; n += 1) {
    const event = { eventType: "shared.news", payload: { n } };
    ids.push((await send("POST", `/app/${app}/msg`, event))["id"]);
  }
  await healthy.until(() => healthy.receipts.length >= SHARED_EVENTS);

  assert.deepEqual(journal.toSorted(), ids.map((id) => `received ${String(id)}`).toSorted());
  const attempts = await send("GET", `/app/${app}/attempt/endpoint/${String(hungId)}`);
  assert.deepEqual(attempts["data"], [], "no attempt at the hung endpoint was over");
  const stats = await send("GET", `/app/${app}/endpoint/${String(hungId)}/stats`);
  assert.equal(
    Number(stats["pending"]) + Number(stats["sending"]),
    BACKLOG + SHARED_EVENTS,
    JSON.stringify(stats),
  );
  t.diagnostic(`${hung.receipts.length} attempts hung, ${String(stats["pending"])} pending`);
  assert.equal(await server.stop(), 0);
});
