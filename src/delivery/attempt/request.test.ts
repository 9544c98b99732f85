/** The request that a receiver sees, apart from signatures: the user agent and the place of the fields. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINE_SETTINGS, eventually, openEngineWorld } from "../../../test/harness/engine.ts";
import { reset } from "../../../test/harness/reset.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { onRequest, openAnswering, openReceiver, until } from "../../../test/net/receiver.ts";
import { openTestSender } from "../../../test/net/sender.ts";
import { openTlsReceiver, skipWithoutOpenssl as skip } from "../../../test/net/tls-receiver.ts";
import type { Rendered } from "../../core/events/rendered.ts";
import { newEvent, receivedText } from "../../../test/contract/store/fixtures.ts";

const RENDERED: Rendered = {
  body: "{}",
  contentType: "application/json;charset=UTF-8",
  headers: { "x-own": "1" },
  query: null,
  dedupeId: "d-1",
};
const SECRET_FIELDS = "body=at+noon%3F%26&number=%2B15551234567";

test("the user agent is the endpoint's, else the dialect's, else Hookline's, and is sent once", async () => {
  await using receiver = await openAnswering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  const origin = new URL(receiver.url).origin;
  const headers = { "user-agent": "Apache-HttpClient/4.5.7", "x-own": "1" };
  await using world = await openEngineWorld({
    render: (_snapshot, endpoint) =>
      endpoint.url.endsWith("/ours") ? RENDERED : { ...RENDERED, headers },
  });
  const own = { authentication: ["static-headers"] as const };
  await world.makeEndpoint({ url: `${origin}/ours` });
  await world.makeEndpoint({ url: `${origin}/dialect` });
  await world.makeEndpoint({ url: `${origin}/own`, ...own }, { headers: { "User-Agent": "Mine" } });
  await world.start();
  await world.publish(newEvent());
  await until(() => receiver.counts.requests.length === 3);
  // Raw headers, since Node's parser would hide a second user agent.
  const named = receiver.counts.requests.map((text) => {
    const [start, ...lines] = text.split("\r\n");
    return [start, ...lines.filter((line) => /^(user-agent|x-own):/i.test(line))].join(", ");
  });
  assert.deepEqual(named.toSorted(), [
    "POST /dialect HTTP/1.1, user-agent: Apache-HttpClient/4.5.7, x-own: 1",
    "POST /ours HTTP/1.1, user-agent: Hookline/0.0.0-test, x-own: 1",
    "POST /own HTTP/1.1, x-own: 1, User-Agent: Mine",
  ]);
});

const QUERIES = [
  { url: "/hook", path: `/hook?${SECRET_FIELDS}` },
  { url: "", path: `/?${SECRET_FIELDS}` },
  { url: "/hook?key=a%20b", path: `/hook?key=a%20b&${SECRET_FIELDS}` },
] as const;

for (const { url, path } of QUERIES) {
  test(`I10: a GET to "${url}" carries its fields in the query, and they are never stored`, async () => {
    await using receiver = await startReceiver();
    await using world = await openEngineWorld({
      render: () => ({ ...RENDERED, body: null, query: SECRET_FIELDS }),
    });
    const { endpointId } = await world.makeEndpoint({
      url: `${receiver.url}${url}`,
      method: "GET",
    });
    await world.start();
    await world.publish(newEvent());
    await receiver.until(() => receiver.receipts.length === 1);
    const [receipt] = receiver.receipts;
    assert.equal(receipt?.method, "GET");
    assert.equal(receipt?.path, path);
    assert.equal(receipt?.body, "");
    for (const name of ["content-type", "content-length", "transfer-encoding"]) {
      assert.equal(receipt?.headers[name], undefined, name);
    }
    const [attempt] = await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === 1,
    );
    assert.equal(attempt?.url, `${receiver.url}${url}`);
    assert.doesNotMatch(world.log(), /noon|5551234567/);
  });
}

test("a retry is sent on a new connection, even if one was kept", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      const status = counts.requests.length === 1 ? "500 No" : "200 OK";
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    });
  });
  await using world = await openEngineWorld({ render: () => RENDERED });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  const attempts = async (count: number) =>
    await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === count,
    );
  await attempts(1);
  world.clock.moveBy(10_000);
  await attempts(2);
  assert.equal(receiver.counts.connections, 2);
  await world.publish(newEvent());
  await attempts(3);
  assert.equal(receiver.counts.connections, 2);
});

test("a kept connection that is reset during a delivery makes one attempt, marked as resent", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    let isFirst = true;
    onRequest(socket, counts, () => {
      if (isFirst) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      else reset(socket);
      isFirst = false;
    });
  });
  await using world = await openEngineWorld({ render: () => RENDERED });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  for (const count of [1, 2]) {
    await world.publish(newEvent());
    await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === count,
    );
  }
  const attempts = await world.attempts(endpointId);
  const shown = attempts.map(({ statusCode, isResent }) => `${statusCode} ${isResent}`);
  assert.deepEqual(shown.toSorted(), ["200 false", "200 true"]);
  assert.equal(receiver.counts.requests.length, 3);
});

test("a GET is sent however long its query is", async () => {
  await using receiver = await startReceiver();
  const query = `body=${"%F0%9F%98%80".repeat(500)}`;
  await using world = await openEngineWorld({
    render: () => ({ ...RENDERED, body: null, query }),
  });
  await world.makeEndpoint({ url: receiver.url, method: "GET" });
  await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  assert.equal(receiver.receipts[0]?.path, `/?${query}`);
});

test(
  "an old TLS version is used with the endpoint that allows it, and with no other",
  { skip },
  async () => {
    const old = {
      minVersion: "TLSv1",
      maxVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    } as const;
    await using receiver = await openTlsReceiver("localhost", old);
    await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
    await using world = await openEngineWorld();
    const modern = await world.makeEndpoint({ url: `${receiver.url}modern` });
    const allowing = await world.makeEndpoint({ url: `${receiver.url}old`, tlsMinVersion: "1.0" });
    await world.start({ sender });
    await world.publish(newEvent());
    const waitForAttempt = async (endpointId: string) => {
      const [attempt] = await eventually(
        () => world.attempts(endpointId),
        ({ length }) => length > 0,
      );
      return attempt;
    };
    assert.equal((await waitForAttempt(allowing.endpointId))?.statusCode, 200);
    assert.match(
      (await waitForAttempt(modern.endpointId))?.response ?? "",
      /supports only TLS versions older than this endpoint's minimum/,
    );
    assert.deepEqual(receiver.versions, ["TLSv1"]);
  },
);

test("Sendblue retries follow the settings, and a 4xx is retried only if they say so", async () => {
  const policies = { disableAfterMs: 0, sendblueWaitsMs: [5000], chirpWaitsMs: [1000] };
  for (const sendblueRetry4xx of ["no", "yes"] as const) {
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(404).end(),
    );
    await using world = await openEngineWorld({ render: () => RENDERED });
    const { endpointId } = await world.makeEndpoint({
      url: receiver.url,
      dialect: "sendblue",
      eventTypes: ["receive"],
    });
    await world.start({
      settings: { ...ENGINE_SETTINGS, ...policies, sendblueRetry4xx },
    });
    await world.publish(receivedText({ id: "m-1" }));
    await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === 1,
    );
    if (sendblueRetry4xx === "yes") {
      world.clock.moveBy(10_000);
      await receiver.until(() => receiver.receipts.length === 2);
    }
    const [delivery] = await eventually(
      () => world.deliveries(endpointId),
      ([only]) => only?.status === "failed",
    );
    assert.equal(delivery?.status, "failed");
    assert.equal(receiver.receipts.length, sendblueRetry4xx === "yes" ? 2 : 1);
  }
});
