/** A message's attachments, fetched as a consumer's webhook handler does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import { openZipwhipLine, receiveZipwhipText } from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine, ZipwhipMessage } from "../../../../test/harness/zipwhip-line.ts";
import { parseJson } from "../../../core/json/json.ts";
import { disposition } from "./attachment.ts";

let api: NativeApi;
let app: string;
let line: ZipwhipLine;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Attachments" })).id;
  line = await openZipwhipLine(api, { app, number: "+12065550100" });
});
after(() => api[Symbol.asyncDispose]());

type Attachment = Readonly<
  Record<"fileName" | "dateCreated" | "mimeType" | "storageKey", string> & { fileSizeBytes: number }
>;

async function list(messageId: bigint): Promise<readonly Attachment[]> {
  return (await line.done("/messageAttachment/list", {
    messageId: `${messageId}`,
  })) as Attachment[];
}

function content(storageKey: string): Promise<Response> {
  return fetch(`${api.url}/hostedContent/get?storageKey=${encodeURIComponent(storageKey)}`);
}

test("a text of 10 kB is fetched whole while its webhook is still being handled", async () => {
  const text = "Grüße, 👋 ".repeat(900);
  assert.ok(Buffer.byteLength(text) > 10_000);
  type Fetched = { listed: readonly Attachment[]; text: string; response: Response };
  const handled = Promise.withResolvers<Fetched>();
  await using receiver = await startReceiver((receipt, response) => {
    const message = parseJson(receipt.body) as unknown as ZipwhipMessage;
    assert.equal(message["hasAttachment"], true);
    list(message.id)
      .then(async (listed) => {
        const got = await content(listed[0]?.storageKey ?? "");
        handled.resolve({ listed, text: await got.text(), response: got });
        response.writeHead(200).end();
      })
      .catch(handled.reject);
  });
  const body = await receiveZipwhipText({ api, receiver }, { app, line, text });
  const fetched = await handled.promise;
  assert.ok(text.startsWith(String(body["body"])));
  assert.ok(Buffer.byteLength(String(body["body"])) <= 700);
  assert.equal(fetched.text, text);
  assert.equal(receiver.receipts.length, 1);

  const [attachment, ...others] = fetched.listed;
  assert.deepEqual(others, []);
  assert.match(attachment?.fileName ?? "", /\.txt$/);
  assert.equal(attachment?.mimeType, "text/plain");
  assert.equal(attachment?.fileSizeBytes, Buffer.byteLength(text));
  assert.match(attachment?.dateCreated ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const header = (name: string) => fetched.response.headers.get(name);
  assert.equal(header("content-type"), "text/plain; charset=utf-8");
  assert.match(header("content-disposition") ?? "", /^attachment; filename="[^"]+\.txt"; /);
  assert.equal(header("x-content-type-options"), "nosniff");
  assert.equal(header("content-security-policy"), "sandbox");
  assert.equal(header("cache-control"), "no-store");
});

test("the answer of the list has its keys in the order of the published example", async () => {
  await using receiver = await startReceiver();
  const text = "x".repeat(701);
  const { id } = await receiveZipwhipText({ api, receiver }, { app, line, text });
  const answer = await line.call("/MessageAttachment/List", { messageId: `${id}` });
  assert.deepEqual(Object.keys(answer.body), ["total", "response", "success"]);
  const [attachment] = answer.body.response as [Attachment];
  assert.deepEqual(Object.keys(attachment), [
    "fileName",
    "dateCreated",
    "fileSizeBytes",
    "mimeType",
    "storageKey",
  ]);
  const short = await receiveZipwhipText({ api, receiver }, { app, line, text: "x".repeat(700) });
  assert.equal(short["hasAttachment"], false);
  const none = await line.call("/messageAttachment/list", { messageId: `${short.id}` });
  assert.equal(none.text, '{"total":0,"response":[],"success":true}');
});

test("media are fetched from their publisher on request, and served as downloads only", async () => {
  const page = "<script>alert(1)</script>";
  const origin = createServer((request, response) => {
    if (request.url === "/gone") response.writeHead(404).end("no");
    else response.writeHead(200, { "content-type": "text/html" }).end(page);
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const base = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  await using receiver = await startReceiver();
  const media = [
    { url: `${base}/page`, contentType: "text/html", fileName: "a page.html", sizeBytes: 25 },
    { url: `${base}/gone`, contentType: "image/jpeg" },
    { url: "http://10.0.0.1/private", contentType: "image/png" },
  ];
  const { id } = await receiveZipwhipText({ api, receiver }, { app, line, text: "", media });
  const attachments = await list(id);
  assert.deepEqual(
    attachments.map(({ mimeType, fileSizeBytes }) => [mimeType, fileSizeBytes]),
    [
      ["text/html", 25],
      ["image/jpeg", 0],
      ["image/png", 0],
    ],
  );
  const [shown, gone, blocked] = await Promise.all(
    attachments.map(({ storageKey }) => content(storageKey)),
  );
  assert.equal(await shown?.text(), page);
  const header = (name: string) => shown?.headers.get(name);
  assert.equal(header("content-type"), "text/html");
  assert.match(header("content-disposition") ?? "", /^attachment; /);
  assert.equal(header("content-security-policy"), "sandbox");
  assert.equal(header("x-content-type-options"), "nosniff");
  const refusals = [
    [gone, /temporarily unavailable/],
    [blocked, /address/],
  ] as const;
  for (const [answer, says] of refusals) {
    assert.equal(answer?.status, 200);
    const { success, response } = JSON.parse((await answer?.text()) ?? "") as Record<
      string,
      unknown
    >;
    assert.deepEqual([success, typeof response], [false, "string"]);
    assert.match(String(response), says);
  }
  origin.close();
  origin.closeAllConnections();
});

test("the name of a file is plain ASCII for old clients and complete for the others", () => {
  assert.equal(disposition("a.txt"), `attachment; filename="a.txt"; filename*=UTF-8''a.txt`);
  assert.equal(
    disposition('é"\\\r\n/%\ud800(1).txt'),
    `attachment; filename="________(1).txt"; ` +
      `filename*=UTF-8''%C3%A9%22%5C%0D%0A%2F%25%EF%BF%BD%281%29.txt`,
  );
});
