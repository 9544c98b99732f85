/**
 * The attack of F28: one application has receivers that answer success after four seconds, or never, and
 * publishes more to them than they can take. Its deliveries hold leases and concurrency slots.
 */
import assert from "node:assert/strict";
import { startReceiver } from "../../harness/receiver.ts";
import { call, type ServerProcess } from "../../harness/server.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

/** The number of events that the server accepted. */
export type SlowOutcome = { readonly taken: number };

const SLOW_MS = 4_000;
const BATCH = 1_000;

export async function prepareSlowReceivers({
  url,
}: Pick<ServerProcess, "url">): Promise<PreparedAttacks<SlowOutcome>> {
  const slow = await startReceiver(
    (_request, response) => void setTimeout(() => response.writeHead(200).end(), SLOW_MS).unref(),
    { keep: false },
  );
  const hung = await startReceiver(() => {}, { keep: false });
  return {
    attacks: [
      await prepare(url, { name: "slow", receiver: slow.url, endpoints: 20 }),
      await prepare(url, { name: "hung", receiver: hung.url, endpoints: 100 }),
    ],
    async [Symbol.asyncDispose]() {
      await slow[Symbol.asyncDispose]();
      await hung[Symbol.asyncDispose]();
    },
  };
}

async function prepare(
  url: string,
  p: { readonly name: string; readonly receiver: string; readonly endpoints: number },
) {
  await call(url, "POST", "/app", { name: p.name, uid: p.name });
  const { body } = await call(url, "POST", `/app/${p.name}/key`, { kind: "publish" });
  const headers = { authorization: `Bearer ${String(body["key"])}` };
  for (let n = 0; n < p.endpoints; n++) {
    const made = await call(url, "POST", `/app/${p.name}/endpoint`, { url: `${p.receiver}/${n}` });
    assert.equal(made.status, 201);
  }
  return {
    name: `${p.endpoints} receivers that are ${p.name}`,
    async start() {
      const events = Array.from({ length: BATCH }, (_, n) => ({
        eventType: "slow.event",
        payload: { n },
      }));
      const answer = await call(url, "POST", `/app/${p.name}/msg/batch`, events, headers);
      assert.equal(answer.status, 202, JSON.stringify(answer.body).slice(0, 500));
      return {
        outcome: () => ({ taken: BATCH }),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}
