/**
 * I2, for receivers that reset a kept-alive connection under its next request. The request is sent again on a
 * new connection within the same attempt. This does not use up Sendblue's short retry schedule.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { eventually } from "../harness/engine.ts";
import { startNativeApi, type NativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { reset } from "../harness/reset.ts";
import { openSendblueAccount } from "../harness/sendblue-account.ts";

const EVENTS = 300;
const AT_ONCE = 30;
/** The number of the status in the native API. */
const SUCCEEDED = 0;

type Attempt = { readonly status: number; readonly resent: boolean };

test("300 events reach a receiver that resets reused connections, each in one attempt", async (t) => {
  const used = new WeakSet<Socket>();
  const taken: string[] = [];
  let resets = 0;
  await using receiver = await startReceiver(({ headers }, response) => {
    const socket = response.socket as Socket;
    if (used.has(socket)) {
      resets += 1;
      return reset(socket);
    }
    used.add(socket);
    taken.push(String(headers["webhook-id"]));
    response.writeHead(200).end();
  });
  await using api = await startNativeApi({ HOOKLINE_APIS: "svix,sendblue" });
  const { app, client } = await openSendblueAccount(api);
  await client.webhooks.create({ webhooks: [receiver.url] });

  const ids: string[] = [];
  const attempts: Attempt[] = [];
  while (ids.length < EVENTS) {
    const burst = await publish(api, app, ids.length);
    ids.push(...burst);
    // The connections of this burst are idle when the next one starts.
    for (const id of burst) {
      const [attempt, ...more] = await listAttempts(api, app, id);
      assert.deepEqual([attempt?.status, more], [SUCCEEDED, []], `event ${ids.indexOf(id)}`);
      attempts.push(attempt as Attempt);
    }
  }

  assert.deepEqual(taken.toSorted(), ids.toSorted());
  // After two resets no connection is reused. The requests in flight may add a few.
  assert.ok(resets >= 2 && resets < AT_ONCE, `${resets} resets`);
  assert.equal(attempts.filter(({ resent }) => resent).length, resets);
  t.diagnostic(`${resets} requests were reset`);
});

/** The events are one batch, so that the deliveries leave at once and each needs a connection. */
async function publish(api: NativeApi, app: string, from: number): Promise<string[]> {
  const events = Array.from({ length: AT_ONCE }, (_, n) => ({
    eventType: "message.received",
    payload: {
      message: {
        id: `in-${from + n}`,
        channel: "sms",
        from: "+15550000001",
        to: "+15550000002",
        text: "Hello",
      },
    },
  }));
  const { body } = await api.call("POST", `/app/${app}/msg/batch`, { body: events });
  return (body as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
}

/** Resolves once the first attempt is recorded. */
async function listAttempts(api: NativeApi, app: string, id: string): Promise<Attempt[]> {
  const list = async () => (await api.call("GET", `/app/${app}/attempt/msg/${id}`)).body;
  const { data } = await eventually(
    async () => (await list()) as { readonly data: Attempt[] },
    (listed) => listed.data.length > 0,
  );
  return data;
}
