/** The header names of the signature, and the settings that choose them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { openEngineWorld } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import type { Receipt } from "../../../test/harness/receiver.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PARTS = ["id", "timestamp", "signature"] as const;

/** Verifies like receivers written for Svix: by Svix's header names only, and 400 without them. */
function verify(prefix: "svix" | "webhook", { headers, body }: Receipt): void {
  const values = PARTS.map((webhookIndex) => {
    const value = headers[`${prefix}-${webhookIndex}`];
    assert.ok(typeof value === "string", `${prefix}-${webhookIndex} is missing`);
    return [`webhook-${webhookIndex}`, value] as const;
  });
  const timestamp = new Date(Number(headers[`${prefix}-timestamp`]) * 1000);
  const [id, , signature] = values.map(([, value]) => value);
  assert.equal(signature, new Webhook(SECRET).sign(id ?? "", timestamp, body));
}

function toFamilies({ headers }: Receipt): string[] {
  return Object.keys(headers)
    .filter((name) => /^(svix|webhook)-/.test(name))
    .toSorted();
}
const named = (prefix: string) =>
  PARTS.map((webhookIndex) => `${prefix}-${webhookIndex}`).toSorted();

test("a signed delivery carries svix-* and webhook-*, unless its endpoint, application or server says otherwise", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  for (const signatureHeaders of [null, "both", "webhook", "svix"] as const) {
    const url = `${receiver.url}/${signatureHeaders}`;
    const authentication = ["standard-v1"] as const;
    await world.makeEndpoint({ url, signatureHeaders, authentication }, { secret: SECRET });
  }
  await world.makeEndpoint({ url: `${receiver.url}/unsigned`, authentication: [] });
  await world.start();
  const publish = async (): Promise<ReadonlyMap<string, Receipt>> => {
    const before = receiver.receipts.length;
    await world.publish(newEvent());
    await receiver.until(() => receiver.receipts.length === before + 5);
    return new Map(receiver.receipts.slice(before).map((receipt) => [receipt.path, receipt]));
  };
  const first = await publish();
  const both = [...named("svix"), ...named("webhook")];
  const toNames = (receipts: ReadonlyMap<string, Receipt>, path: string) =>
    toFamilies(receipts.get(path) as Receipt);
  assert.deepEqual(toNames(first, "/null"), both);
  assert.deepEqual(toNames(first, "/both"), both);
  assert.deepEqual(toNames(first, "/webhook"), named("webhook"));
  assert.deepEqual(toNames(first, "/svix"), named("svix"));
  assert.deepEqual(toNames(first, "/unsigned"), ["webhook-id", "webhook-timestamp"]);
  verify("svix", first.get("/null") as Receipt);
  verify("webhook", first.get("/null") as Receipt);
  verify("svix", first.get("/svix") as Receipt);

  const { app } = world;
  const change = { signatureHeaders: "svix" as const };
  await world.store.apps.update({ ref: app.id, change, now: world.clock.now() });
  const second = await publish();
  assert.deepEqual(toNames(second, "/null"), named("svix"), "the app's choice");
  assert.deepEqual(toNames(second, "/both"), both, "the endpoint's own choice");

  const undo = { signatureHeaders: null };
  await world.store.apps.update({ ref: app.id, change: undo, now: world.clock.now() });
  assert.deepEqual(toNames(await publish(), "/null"), both);
});
