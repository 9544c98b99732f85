/**
 * The official SDK as its users have it, pointed at a real server. Events reach the endpoints that it
 * creates. They verify with `standardwebhooks` and the SDK's own `Webhook` before, during and after a
 * rotation of the secret. Resending repeats id and body (I2).
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { ApiException, Svix, Webhook as SvixWebhook } from "svix";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt, Receiver } from "../harness/receiver.ts";
import { startServer, temporaryFolder, TOKEN } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";

const RECEIVED = {
  message: { id: "m-1", channel: "sms", from: "+12065550188", to: "+14255550100", text: "Hello" },
};
/** The overlap is longer than any test waits; the test ends it. */
const OVERLAP_SECONDS = 3600;

const folder = temporaryFolder();
let receiver: Receiver;
let server: ServerProcess;
let svix: Svix;

before(async () => {
  receiver = await startReceiver((_receipt, response) => response.writeHead(200).end("thanks"));
  server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    },
  });
  // The SDK makes no retries: a 5xx fails the test.
  svix = new Svix(TOKEN, { serverUrl: server.url, retryScheduleInMs: [] });
});
after(async () => {
  const code = await server.stop();
  await receiver[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  assert.equal(code, 0);
});

test("a message to an endpoint arrives signed, and is found among the attempts", async () => {
  const app = await makeApp("first");
  // A new number creates a contact, which is a separate event. This filter excludes it.
  const endpoint = await svix.endpoint.create(app, {
    url: `${receiver.url}/first`,
    eventTypes: ["message.received"],
  });
  const sent = await svix.message.create(app, {
    eventType: "message.received",
    eventId: "e-1",
    payload: RECEIVED,
  });
  const receipt = await waitForReceipt(sent.id);
  assert.equal(receipt.body, JSON.stringify(RECEIVED));
  assert.equal(receipt.path, "/first");
  assert.deepEqual(await verifiedBy(app, endpoint.id, receipt), ["standardwebhooks", "svix"]);

  const [attempt] = await waitForAttempts(app, sent.id, 1);
  assert.equal(attempt?.endpointId, endpoint.id);
  assert.equal(attempt?.responseStatusCode, 200);
  assert.equal(attempt?.response, "thanks");
  const byEndpoint = await svix.messageAttempt.listByEndpoint(app, endpoint.id, { withMsg: true });
  assert.deepEqual(
    byEndpoint.data.map(({ id, msgId, msg }) => [id, msgId, msg?.eventId]),
    [[attempt?.id, sent.id, "e-1"]],
  );
});

test("during the overlap both secrets verify, after a rotation without overlap only the new one", async () => {
  const app = await makeApp("rotation");
  const { id: endpoint } = await svix.endpoint.create(app, { url: `${receiver.url}/rotation` });
  const { key: first } = await svix.endpoint.getSecret(app, endpoint);

  await svix.endpoint.rotateSecret(app, endpoint, { gracePeriodSeconds: OVERLAP_SECONDS });
  const { key: second } = await svix.endpoint.getSecret(app, endpoint);
  assert.notEqual(second, first);
  const during = await send(app);
  for (const key of [first, second]) assert.deepEqual(verifiers(key, during), ALL);

  await svix.endpoint.rotateSecret(app, endpoint, { gracePeriodSeconds: 0 });
  const { key: third } = await svix.endpoint.getSecret(app, endpoint);
  const afterwards = await send(app);
  assert.deepEqual(verifiers(third, afterwards), ALL);
  // A rotation without overlap also ends the first secret, whose overlap had not ended yet.
  for (const key of [first, second]) assert.deepEqual(verifiers(key, afterwards), []);
});

test("a changed body verifies with neither library", async () => {
  const app = await makeApp("forged");
  const { id: endpoint } = await svix.endpoint.create(app, { url: `${receiver.url}/forged` });
  const { key } = await svix.endpoint.getSecret(app, endpoint);
  const receipt = await send(app);
  assert.deepEqual(verifiers(key, receipt), ALL);
  assert.deepEqual(verifiers(key, { ...receipt, body: `${receipt.body} ` }), []);
});

test("getOrCreate, upsert, patch and delete work for apps and endpoints", async () => {
  const made = await svix.application.getOrCreate({ name: "One", uid: "crud" });
  assert.deepEqual(await svix.application.getOrCreate({ name: "Two", uid: "crud" }), made);
  assert.equal((await svix.application.upsert("crud", { name: "Three" })).id, made.id);
  const patched = await svix.application.patch("crud", { metadata: { tier: "gold" } });
  assert.deepEqual([patched.name, patched.metadata], ["Three", { tier: "gold" }]);

  const put = await svix.endpoint.upsert("crud", "hook", { url: `${receiver.url}/a` });
  const again = await svix.endpoint.upsert("crud", "hook", { url: `${receiver.url}/b` });
  assert.deepEqual([again.id, again.url], [put.id, `${receiver.url}/b`]);
  const changed = await svix.endpoint.patch("crud", "hook", { description: "changed" });
  assert.deepEqual([changed.description, changed.url], ["changed", `${receiver.url}/b`]);
  await svix.endpoint.delete("crud", "hook");
  assert.equal((await refusal(svix.endpoint.get("crud", "hook"))).code, 404);
  await svix.application.delete("crud");
  assert.equal((await refusal(svix.application.get("crud"))).code, 404);
});

test("messages and attempts are listed by the iterator to the end, each exactly once", async () => {
  const app = await makeApp("paging");
  const { id: endpoint } = await svix.endpoint.create(app, { url: `${receiver.url}/paging` });
  const sent: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    const { id } = await svix.message.create(app, { eventType: "page.turned", payload: { n } });
    sent.push(id);
    await waitForAttempts(app, id, 1);
  }
  const messages = await pages((iterator) => svix.message.list(app, { limit: 2, iterator }));
  assert.deepEqual(
    messages.map((page) => page.map(({ id }) => id)),
    [sent.slice(4), sent.slice(2, 4), sent.slice(0, 2)].map((page) => page.toReversed()),
  );
  const attempts = await pages((iterator) =>
    svix.messageAttempt.listByEndpoint(app, endpoint, { limit: 2, iterator }),
  );
  assert.equal(attempts.length, 3);
  assert.deepEqual(
    attempts.flat().map(({ msgId }) => msgId),
    sent.toReversed(),
  );
});

test("the catalogue has a schema for each type, and custom types can be added", async () => {
  const catalogue = await pages((iterator) =>
    svix.eventType.list({ limit: 10, iterator, withContent: true }),
  );
  assert.ok(catalogue.length > 1, "it is more than one page");
  const received = catalogue.flat().find(({ name }) => name === "message.received");
  assert.ok(received !== undefined);
  for (const { name, schemas } of catalogue.flat()) {
    assert.equal(typeof schemas?.["1"], "object", `${name} has a schema`);
  }
  const schemas = { "1": { type: "object", example: { paid: true } } };
  await svix.eventType.create({ name: "order.paid", description: "An order was paid.", schemas });
  assert.deepEqual((await svix.eventType.get("order.paid")).schemas, schemas);
  await svix.eventType.delete("order.paid", { expunge: true });
});

test("resending sends the same id and body, marked as a replay and signed again", async () => {
  const app = await makeApp("resend");
  const { id: endpoint } = await svix.endpoint.create(app, { url: `${receiver.url}/resend` });
  const { key } = await svix.endpoint.getSecret(app, endpoint);
  const first = await send(app);
  const id = String(first.headers["webhook-id"]);
  await waitForAttempts(app, id, 1);

  await svix.messageAttempt.resend(app, id, endpoint);
  const again = await waitForReceipt(id, 2);
  assert.equal(again.body, first.body);
  assert.deepEqual(verifiers(key, again), ALL);
  assert.equal(first.headers["hookline-replay"], undefined);
  assert.equal(again.headers["hookline-replay"], "1");
  const attempts = await waitForAttempts(app, id, 2);
  assert.deepEqual(
    attempts.map(({ triggerType }) => triggerType),
    [1, 0],
  );
});

test("an example reaches the chosen endpoint, also when the endpoint does not take its type", async () => {
  const app = await makeApp("example");
  const { id: endpoint } = await svix.endpoint.create(app, {
    url: `${receiver.url}/example`,
    eventTypes: ["line.blocked"],
  });
  const { id, payload } = await svix.endpoint.sendExample(app, endpoint, {
    eventType: "message.received",
  });
  const receipt = await waitForReceipt(id);
  assert.deepEqual(JSON.parse(receipt.body), payload);
  assert.equal(receipt.path, "/example");
});

test("expunged content is no longer shown and cannot be sent again", async () => {
  const app = await makeApp("expunge");
  const { id: endpoint } = await svix.endpoint.create(app, { url: `${receiver.url}/expunge` });
  const id = String((await send(app)).headers["webhook-id"]);
  await waitForAttempts(app, id, 1);
  await svix.message.expungeContent(app, id);
  const shown = await svix.message.get(app, id, { withContent: true });
  assert.deepEqual(shown.payload, { expired: true });
  assert.equal((await refusal(svix.messageAttempt.resend(app, id, endpoint))).code, 410);
});

test("refusals reach the SDK as ApiException with Svix's bodies", async () => {
  const app = await makeApp("refusals");
  const unknown = await refusal(svix.message.get(app, "msg_2ZxLvJNKpRwBzGTbqYhMEoD1aXs"));
  assert.equal(unknown.code, 404);
  assert.deepEqual(Object.keys(unknown.body as object), ["code", "detail"]);
  assert.equal((unknown.body as { code: string }).code, "not_found");

  const event = { eventType: "order.paid", eventId: "twice", payload: {} };
  const { id } = await svix.message.create(app, event);
  const conflict = await refusal(svix.message.create(app, event));
  assert.equal(conflict.code, 409);
  const { code, detail } = conflict.body as { code: string; detail: string };
  assert.equal(code, "conflict");
  assert.ok(detail.includes(id), `"${detail}" names the first one`);

  const invalid = await refusal(svix.endpoint.create(app, { url: "ftp://example.com/" }));
  assert.equal(invalid.code, 422);
  const [problem] = (invalid.body as { detail: { loc: string[]; msg: string; type: string }[] })
    .detail;
  assert.deepEqual(problem?.loc, ["body", "url"]);
  assert.match(problem?.msg ?? "", /https/);
  assert.match(problem?.type ?? "", /^value_error/);
});

const ALL = ["standardwebhooks", "svix"];

/** The libraries that verify the receipt. */
function verifiers(key: string, { headers, body }: Receipt): string[] {
  const libraries = { standardwebhooks: new StandardWebhook(key), svix: new SvixWebhook(key) };
  return Object.entries(libraries).flatMap(([name, library]) => {
    try {
      library.verify(body, headers as Record<string, string>);
      return [name];
    } catch {
      return [];
    }
  });
}

async function verifiedBy(app: string, endpoint: string, receipt: Receipt): Promise<string[]> {
  const { key } = await svix.endpoint.getSecret(app, endpoint);
  return verifiers(key, receipt);
}

async function makeApp(uid: string): Promise<string> {
  return (await svix.application.create({ name: uid, uid })).id;
}

/** Sends a message and returns its first receipt. */
async function send(app: string): Promise<Receipt> {
  const { id } = await svix.message.create(app, { eventType: "order.paid", payload: { n: 1 } });
  return waitForReceipt(id);
}

async function waitForReceipt(id: string, count = 1): Promise<Receipt> {
  const found = () => receiver.receipts.filter(({ headers }) => headers["webhook-id"] === id);
  await receiver.until(() => found().length >= count);
  return found()[count - 1] as Receipt;
}

/** Waits until a message has this many attempts. A receipt comes before its record. */
async function waitForAttempts(app: string, message: string, count: number) {
  for (;;) {
    const { data } = await svix.messageAttempt.listByMsg(app, message, { withContent: true });
    if (data.length >= count) return data;
  }
}

async function pages<T>(
  list: (iterator: string | null) => Promise<{ data: T[]; iterator: string | null; done: boolean }>,
): Promise<T[][]> {
  const all: T[][] = [];
  for (let iterator: string | null = null; ;) {
    const page = await list(iterator);
    if (page.data.length > 0) all.push(page.data);
    if (page.done) return all;
    iterator = page.iterator;
  }
}

async function refusal(call: Promise<unknown>): Promise<ApiException<unknown>> {
  const error = await call.then(
    () => assert.fail("it was not refused"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiException, String(error));
  return error as ApiException<unknown>;
}
