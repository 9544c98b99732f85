/** A payload is shown and delivered byte for byte as it was published (I8). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fc } from "../../../../test/harness/property.ts";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receiver } from "../../../../test/harness/receiver.ts";

let api: NativeApi;
let receiver: Receiver;
before(async () => {
  api = await startNativeApi();
  receiver = await startReceiver();
  await api.svix.application.create({ name: "Exact", uid: "exact" });
  await api.svix.endpoint.create("exact", { url: receiver.url });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function published(payload: string): Promise<{ id: string; shown: string }> {
  const raw = ` { "payload" : ${payload} , "eventType":"exact.body" } `;
  const { status, text, body } = await api.call("POST", "/app/exact/msg/?with_content=true", {
    raw,
  });
  assert.equal(status, 202, text);
  return { id: (body as { readonly id: string }).id, shown: text };
}

async function delivered(id: string): Promise<string> {
  const find = () => receiver.receipts.find(({ headers }) => headers["webhook-id"] === id);
  await receiver.until(() => find() !== undefined);
  return find()?.body ?? "";
}

const PAYLOADS = [
  `{"n":1e2,"m":1.0,"z":-0,"e":1E+2}`,
  `{"id":1327295480212647937,"max":18446744073709551615,"min":-9223372036854775808}`,
  `{"b":1,"a":2,"2":3,"1":4}`,
  `{ "a" :\t[ 1 ,\n2 ] , "b":{ } }`,
  `{"t":"\\u00e9\\/\\ud83d\\ude00 é😀","\\u0061":1}`,
  `{"lone":"\\ud800"}`,
  `{"a":1,"a":2}`,
  `{"payload":{"payload":1},"s":"}\\"]{"}`,
  `{"__proto__":{"a":1},"constructor":1}`,
];

for (const payload of PAYLOADS) {
  test(`${payload} is delivered unchanged`, async () => {
    const { id, shown } = await published(payload);
    assert.ok(shown.endsWith(`,"payload":${payload}}`), shown);
    assert.equal(await delivered(id), payload);
    const got = await api.call("GET", `/app/exact/msg/${id}`);
    assert.ok(got.text.endsWith(`,"payload":${payload}}`), got.text);
    const list = await api.call("GET", "/app/exact/msg?limit=1");
    assert.ok(list.text.includes(`"payload":${payload}`), list.text);
  });
}

test("any JSON object is delivered unchanged", async () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(objects, fc.nat(3), async (object, indent) => {
      const payload = JSON.stringify(object, null, indent);
      // Integers beyond 64 bits are refused, so that a receiver never reads a different number.
      fc.pre(!/\d{19}/.test(payload));
      const { id, shown } = await published(payload);
      assert.ok(shown.endsWith(`,"payload":${payload}}`));
      assert.equal(await delivered(id), payload);
    }),
    { numRuns: 30 },
  );
});

test("each payload of a batch is delivered unchanged", async () => {
  const events = PAYLOADS.map((payload) => `{"eventType":"exact.body","payload":${payload}}`);
  const asArray = { raw: `[ ${events.join(" ,\n")} ]` };
  const asLines = {
    raw: `${events.map((one) => one.replaceAll("\n", " ")).join("\r\n")}\n\n`,
    headers: { "content-type": "application/x-ndjson" },
  };
  for (const more of [asArray, asLines]) {
    const answer = await api.call("POST", "/app/exact/msg/batch", more);
    assert.equal(answer.status, 202, answer.text);
    const { data } = answer.body as {
      readonly data: readonly { readonly id: string; payload: object }[];
    };
    assert.equal(data.length, PAYLOADS.length);
    for (const [index, { id, payload }] of data.entries()) {
      assert.deepEqual(payload, {});
      const expected = PAYLOADS[index] as string;
      assert.equal(
        await delivered(id),
        more === asLines ? expected.replaceAll("\n", " ") : expected,
      );
    }
  }
});
