/**
 * F20: while a delivery is being retried its endpoint gets another secret, URL and header, is disabled,
 * enabled and deleted. Each attempt uses the settings at the time it is sent (I11). The remaining deliveries
 * are counted as cancelled (I12).
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const WAITS_SECONDS = Array.from({ length: 20 }, () => 1);
const OLD = Buffer.alloc(32, 1).toString("base64");
const NEW = Buffer.alloc(32, 2).toString("base64");
/** The length of a pause, in attempts of a delivery to an unchanged endpoint. */
const A_WHILE = 3;

function isSignedWith(secret: string, { headers, body }: Receipt): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const signature = createHmac("sha256", Buffer.from(secret, "base64")).update(signed);
  return String(headers["webhook-signature"])
    .split(" ")
    .includes(`v1,${signature.digest("base64")}`);
}

test("F20 each attempt uses the endpoint's settings at the time it is sent", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver((_request, response) => response.writeHead(500).end());
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  await using server = await startServer({ settings });
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await call(server.url, method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const endpoint = "/app/edits/endpoint/edited";
  await done("POST", "/app", { name: "Edits", uid: "edits" });
  for (const [uid, path] of [
    ["edited", "/one"],
    ["untouched", "/clock"],
  ] as const) {
    await done("POST", "/app/edits/endpoint", {
      uid,
      url: receiver.url + path,
      secret: `whsec_${OLD}`,
      retrySchedule: WAITS_SECONDS,
    });
  }
  const mine = () => receiver.receipts.filter(({ path }) => path !== "/clock");
  const others = () => receiver.receipts.length - mine().length;
  /**
   * Returns the second attempt from now. The first one may have been in flight when the change was answered.
   */
  async function nextAttempt(): Promise<Receipt> {
    const count = mine().length;
    await receiver.until(() => mine().length >= count + 2);
    return mine().at(-1) as Receipt;
  }
  async function aWhile(): Promise<void> {
    const count = others();
    await receiver.until(() => others() >= count + A_WHILE);
  }

  await done("POST", "/app/edits/msg", { eventType: "a.b", payload: { n: 1 } });
  const first = await nextAttempt();
  assert.deepEqual(
    [first.path, isSignedWith(OLD, first), isSignedWith(NEW, first)],
    ["/one", true, false],
  );

  await done("POST", `${endpoint}/secret/rotate`, { key: `whsec_${NEW}` });
  const rotated = await nextAttempt();
  assert.ok(
    isSignedWith(NEW, rotated) && isSignedWith(OLD, rotated),
    "both are valid in the overlap",
  );

  await done("PATCH", endpoint, { url: `${receiver.url}/two` });
  assert.equal((await nextAttempt()).path, "/two");

  await done("PUT", `${endpoint}/headers`, { headers: { "x-note": "changed" } });
  assert.equal((await nextAttempt()).headers["x-note"], "changed");

  await done("PATCH", endpoint, { disabled: true });
  const whenDisabled = mine().length;
  await aWhile();
  // An attempt that was in flight at the disabling may still arrive.
  assert.ok(mine().length <= whenDisabled + 1, "it was sent to while disabled");

  await done("PATCH", endpoint, { disabled: false });
  const enabled = await nextAttempt();
  assert.equal(enabled.headers["webhook-id"], first.headers["webhook-id"]);

  await done("DELETE", endpoint);
  const whenDeleted = mine().length;
  await aWhile();
  assert.ok(mine().length <= whenDeleted + 1, "it was sent to after it was deleted");
  for (const { headers, body } of mine()) {
    assert.equal(headers["webhook-id"], first.headers["webhook-id"]);
    assert.equal(body, first.body);
  }

  const { created, cancelled, pending } = await checkStore(settings);
  assert.deepEqual({ created, cancelled, pending }, { created: 2, cancelled: 1, pending: 1 });
});
