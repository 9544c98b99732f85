/** The health of endpoints, changes of their status, and the check of a URL, over HTTP. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

let api: NativeApi;
let receiver: Receiver;
let good: string;
let bad: string;
before(async () => {
  api = await startNativeApi();
  receiver = await startReceiver(({ path }, response) => {
    response.writeHead(path === "/bad" ? 503 : 200).end();
  });
  await api.svix.application.create({ name: "One", uid: "one" });
  good = (await api.svix.endpoint.create("one", { url: `${receiver.url}/good` })).id;
  bad = (await api.svix.endpoint.create("one", { url: `${receiver.url}/bad` })).id;
  await api.svix.message.create("one", { eventType: "svix.ping", payload: {} });
  await eventually(
    () => read(`/app/one/endpoint/${bad}?with_health=true`),
    ({ health }) => health.state === "failing",
  );
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

type Shown = {
  readonly id: string;
  readonly health: {
    readonly state: string;
    readonly waiting: number;
    readonly since: string | null;
    readonly failingSince: string | null;
    readonly disablesAt: string | null;
    readonly lastFailure: { readonly statusCode: number } | null;
  };
};
type Listed = { readonly data: readonly Shown[]; readonly iterator: string | null };

const read = async (path: string) => (await api.call("GET", path)).body as Shown;
const list = async (path: string) => (await api.call("GET", path)).body as Listed;
const post = (path: string, body?: object) => api.call("POST", path, { body: body ?? {} });

test("the health of a failing endpoint is shown with its forecast, and only when asked for", async () => {
  const { health } = await read(`/app/one/endpoint/${bad}?with_health=true`);
  assert.equal(health.lastFailure?.statusCode, 503);
  assert.equal(health.waiting, 1);
  assert.equal(health.since, health.failingSince);
  const days = (Date.parse(health.disablesAt ?? "") - Date.parse(health.since ?? "")) / 86_400_000;
  assert.equal(days, 5);
  assert.equal("health" in (await read(`/app/one/endpoint/${bad}`)), false);
  const page = await list("/app/one/endpoint?with_health=true");
  assert.deepEqual(
    page.data.map((one) => [one.id, one.health.state]),
    [
      [bad, "failing"],
      [good, "ok"],
    ],
  );
  assert.equal("health" in ((await list("/app/one/endpoint")).data[0] as object), false);
});

test("lists have the worst endpoint first, by page and by filter", async () => {
  for (const path of ["/endpoint", "/app/one/endpoint-health"]) {
    const ids = async (query: string) => (await list(`${path}${query}`)).data.map(({ id }) => id);
    assert.deepEqual(await ids(""), [bad, good], path);
    assert.deepEqual(await ids("?health=unhealthy"), [bad]);
    assert.deepEqual(await ids("?health=ok"), [good]);
    assert.deepEqual(await ids("?q=%2FBAD"), [bad]);
    assert.deepEqual(await ids("?dialect=chirp"), []);
    const first = await list(`${path}?limit=1`);
    assert.deepEqual(
      first.data.map(({ id }) => id),
      [bad],
    );
    assert.deepEqual(await ids(`?iterator=${first.iterator}`), [good]);
    for (const query of ["?health=sick", "?iterator=x", "?dialect=x", "?order=worst", "?q="]) {
      assert.equal((await api.call("GET", path + query)).status, 422, query);
    }
  }
});

test("an endpoint is paused, resumed and enabled, and a repeat changes nothing", async () => {
  const at = `/app/one/endpoint/${good}`;
  const state = async (change: string) => {
    const { status, body } = await post(`${at}/${change}`);
    return [status, (body as Shown).health?.state];
  };
  assert.deepEqual(await state("pause"), [200, "paused"]);
  assert.deepEqual(await state("pause"), [200, "paused"]);
  const sent = receiver.receipts.length;
  await api.svix.message.create("one", { eventType: "svix.ping", payload: {} });
  assert.equal((await read(`${at}?with_health=true`)).health.waiting, 1);
  assert.deepEqual(await state("resume"), [200, "ok"]);
  await receiver.until(() => receiver.receipts.slice(sent).some(({ path }) => path === "/good"));
  assert.deepEqual(await state("resume"), [200, "ok"]);
  await api.svix.endpoint.patch("one", good, { disabled: true });
  assert.deepEqual(await state("pause"), [409, undefined]);
  assert.deepEqual(await state("resume"), [409, undefined]);
  assert.deepEqual(await state("enable"), [200, "ok"]);
});

test("an endpoint of another API is paused as well", async () => {
  await using other = await startNativeApi();
  await other.svix.application.create({ name: "Two", uid: "two" });
  const { key } = (await other.call("POST", "/app/two/key", { body: { kind: "app" } })).body as {
    key: string;
  };
  const made = await fetch(`${other.url}/v1/webhooks`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ url: "https://example.com/chirp", events: ["messages.sms.received"] }),
  });
  const page = (await other.call("GET", "/app/two/endpoint-health")).body as Listed;
  const [endpoint] = page.data;
  assert.ok(endpoint, `${made.status}`);
  const { status, body } = await other.call("POST", `/app/two/endpoint/${endpoint.id}/pause`);
  assert.deepEqual([status, (body as Shown).health.state], [200, "paused"]);
});

test("a URL is checked without an endpoint, and the reason of a refusal stays inside", async () => {
  const check = async (url: string) => (await post("/app/one/endpoint/check", { url })).body;
  const sent = receiver.receipts.length;
  const ok = { allowed: true, reachable: true, reason: null, problem: null };
  assert.deepEqual(await check(receiver.url), ok);
  assert.equal(receiver.receipts.length, sent, "nothing was sent");
  const blocked = { allowed: false, reachable: false, reason: "blocked" };
  const problem = "This address is not allowed.";
  assert.deepEqual(await check("http://10.0.0.1/"), { ...blocked, problem });
  assert.deepEqual(await check("http://169.254.169.254/"), { ...blocked, problem });
  const closed = await startReceiver();
  const { url } = closed;
  await closed[Symbol.asyncDispose]();
  assert.partialDeepStrictEqual(await check(url), {
    allowed: true,
    reachable: false,
    reason: "refused",
  });
  assert.partialDeepStrictEqual(await check(`https://127.0.0.1:${receiver.port}`), {
    allowed: true,
    reachable: false,
    reason: "tls",
  });
  assert.partialDeepStrictEqual(await check("ftp://example.com"), {
    allowed: false,
    reason: "invalid_url",
  });
});

test("an application checks ten URLs a minute", async () => {
  await api.svix.application.create({ name: "Ten", uid: "ten" });
  const url = "http://10.0.0.1/";
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) {
    statuses.push((await post("/app/ten/endpoint/check", { url })).status);
  }
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 429]);
});

test("the overview has the numbers of the last minutes and names the failing endpoint", async () => {
  const overview = await eventually(
    async () => (await api.call("GET", "/overview")).body as Record<string, unknown>,
    (seen) => (seen["recent"] as { events: number }).events > 0,
  );
  const recent = overview["recent"] as { delivered: number; receipt: { p50: number | null } };
  assert.ok(recent.delivered > 0);
  assert.equal(typeof recent.receipt.p50, "number");
  const attention = overview["attention"] as readonly Shown[];
  assert.deepEqual(
    attention.map(({ id, health }) => [id, health.state]),
    [[bad, "failing"]],
  );
  assert.deepEqual(overview["shards"], { owned: 256, all: 256 });
  assert.deepEqual(overview["backlog"], { pending: 2, parked: 0 });
});
