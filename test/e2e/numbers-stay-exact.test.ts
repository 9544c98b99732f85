/**
 * I8: receivers get, and readers see, exactly the bytes that a publisher sent. 64-bit ids keep every digit.
 * White space, order of keys, escapes and notations of numbers stay unchanged.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rawCall } from "../harness/raw-call.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";

/** Payloads that JSON.parse and JSON.stringify would change. */
const PAYLOADS = [
  `{"id":1327295480212647937,"max":18446744073709551615,"min":-9223372036854775808}`,
  `{"deviceId":9007199254740993,"list":[9007199254740993,{"deep":12345678901234567890}]}`,
  `{"n":1e2,"m":1E+2,"zero":-0,"tail":1.50,"tiny":1e-400,"huge":1e308}`,
  `{"z":1,"10":2,"a":3,"2":4}`,
  `{ "spaced" :\t[ 1 ,  2 ] ,  "b" : { } }`,
  `{"t":"\\u00e9\\/\\ud83d\\ude00 é😀 \\u0041"}`,
  `{"lone":"\\ud800","twice":1,"twice":2}`,
] as const;

/** A payload of a canonical type, which the program also parses, checks and stores in registers. */
const CANONICAL = `{ "message" : {"to":"+14255550100","from":"\\u002b12065550188","channel":"sms","id":"exact-1","text":"1e2 is \\u0031\\u0030\\u0030","carrierRef":1327295480212647937 , "cost":0.10} }`;

test("every payload arrives, and is shown, with exactly the bytes that were published", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    },
  });
  const send = async (method: string, path: string, body?: string, type = "application/json") => {
    const headers = { "content-type": type };
    const answer = await rawCall(server.url, method, path, {
      ...(body === undefined ? undefined : { body, headers }),
    });
    assert.ok(answer.status < 300, answer.text);
    return answer.text;
  };
  const app = "/app/exact";
  await send("POST", "/app", `{"name":"Exact","uid":"exact"}`);
  await send("POST", "/event-type", `{"name":"exact.number","description":""}`);
  const endpoint = { url: receiver.url, eventTypes: ["exact.number", "message.received"] };
  await send("POST", `${app}/endpoint`, JSON.stringify(endpoint));

  const toEvents = (payloads: readonly string[]) =>
    payloads.map((payload) => `{"eventType":"exact.number","payload":${payload}}`);
  const expected = new Map<string, string>();

  for (const [index, payload] of [...PAYLOADS, CANONICAL].entries()) {
    const type = index < PAYLOADS.length ? "exact.number" : "message.received";
    // The payload is extracted from a body with similar strings before and after it.
    const body = `{"tags":["payload"],"eventType":"${type}",\n"payload" : ${payload} ,"channels":["x"]}`;
    const shown = await send("POST", `${app}/msg`, body);
    assert.ok(shown.includes(`"payload":${payload}`), shown);
    expected.set(idIn(shown), payload);
  }
  const array = await send("POST", `${app}/msg/batch`, `[ ${toEvents(PAYLOADS).join(" ,\n ")}\n]`);
  const lines = `${toEvents(PAYLOADS).join("\r\n")}\n`;
  const ndjson = await send("POST", `${app}/msg/batch`, lines, "application/x-ndjson");
  for (const answer of [array, ndjson]) {
    const { data } = JSON.parse(answer) as { data: { id: string }[] };
    assert.equal(data.length, PAYLOADS.length);
    for (const [index, { id }] of data.entries()) expected.set(id, PAYLOADS[index] as string);
  }

  await receiver.until(() => receiver.receipts.length >= expected.size);
  const received = new Map(
    receiver.receipts.map(({ headers, body }) => [String(headers["webhook-id"]), body]),
  );
  assert.deepEqual(received, expected);

  const list = await send("GET", `${app}/msg?limit=100&with_content=true`);
  for (const [id, payload] of expected) {
    const one = await send("GET", `${app}/msg/${id}?with_content=true`);
    assert.ok(one.includes(`"payload":${payload}`), one);
    assert.ok(list.includes(one), `the list shows ${id} as it is shown alone`);
  }
});

function idIn(message: string): string {
  return /"id":"(msg_\w+)"/.exec(message)?.[1] ?? assert.fail(message);
}
