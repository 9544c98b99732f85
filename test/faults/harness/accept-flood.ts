/**
 * The attacks of F27: an application publishes without a pause on 64 connections, full batches in the first
 * attack and single events in the second. Many endpoints want the single events, which are a few bytes to
 * read and hundreds of deliveries to store. They are due much later, so that nothing is sent.
 */
import assert from "node:assert/strict";
import { call } from "../../harness/server.ts";
import { startRequests, type Answers, type AttackRequest } from "./attack.ts";
import type { Attack, PreparedAttacks, RunningAttack } from "./measure-attacks.ts";

export type Flood = {
  readonly answers: Answers;
  /** The texts of refusals with 429, one of each node. */
  readonly refusals: readonly string[];
};

const CONNECTIONS = 64;
export const BATCH_EVENTS = 1_000;
const ENDPOINTS = 400;
const CREATED_AT_ONCE = 8;
const BATCH = "flood.batch";
const SINGLE = "flood.single";
const DEFERRED_MS = 3_600_000;
/** Batches before the flood: the memory of a server that has parsed none yet grows by any batch. */
const WARM_ROUNDS = 6;
const WARM_AT_ONCE = 8;
/** Batches alone, of which the slowest is the floor. */
const FLOOR_BATCHES = 8;

/** Attacks each of the nodes on all connections. */
export async function prepareAcceptFlood(urls: readonly string[]): Promise<PreparedAttacks<Flood>> {
  const url = urls[0] ?? "";
  const made = async (path: string, body: unknown) => {
    const answer = await call(url, "POST", path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  await made("/app", { name: "Attacker", uid: "attacker" });
  const { key } = await made("/app/attacker/key", { kind: "publish" });
  const headers = { authorization: `Bearer ${String(key)}`, "content-type": "application/json" };
  await made("/event-type", { name: SINGLE, description: "A single event of the flood" });
  for (let n = 0; n < ENDPOINTS; n += CREATED_AT_ONCE) {
    const numbers = Array.from({ length: CREATED_AT_ONCE }, (_, more) => n + more);
    await Promise.all(
      numbers.map((number) =>
        made("/app/attacker/endpoint", {
          url: `http://127.0.0.1:1999/${number}`,
          filterTypes: [SINGLE],
        }),
      ),
    );
  }
  const batch = Array.from({ length: BATCH_EVENTS }, (_, n) => ({
    eventType: BATCH,
    payload: { n },
  }));
  const deliverAt = new Date(Date.now() + DEFERRED_MS).toISOString();
  const single = { eventType: SINGLE, payload: { n: 1 }, deliverAt };
  for (const node of urls) {
    const publish = () => call(node, "POST", "/app/attacker/msg/batch", batch, headers);
    for (let n = 0; n < WARM_ROUNDS; n += 1) {
      const answers = await Promise.all(Array.from({ length: WARM_AT_ONCE }, publish));
      assert.ok(answers.some(({ status }) => status === 202));
    }
  }
  let floorMs = 0;
  for (let n = 0; n < FLOOR_BATCHES; n += 1) {
    const startedAt = performance.now();
    await call(url, "POST", "/app/attacker/msg/batch", batch, headers);
    floorMs = Math.max(floorMs, performance.now() - startedAt);
  }
  const path = "/api/v1/app/attacker/msg";
  const toAttack = (name: string, one: AttackRequest): Attack<Flood> => ({
    name,
    start: () => startFlood(urls, one),
  });
  return {
    floorMs,
    attacks: [
      toAttack("full batches", {
        method: "POST",
        path: `${path}/batch`,
        headers,
        body: JSON.stringify(batch),
      }),
      toAttack("single events", { method: "POST", path, headers, body: JSON.stringify(single) }),
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function startFlood(
  urls: readonly string[],
  one: AttackRequest,
): Promise<RunningAttack<Flood>> {
  const refusals: string[] = [];
  const running = await Promise.all(
    urls.map((url) =>
      startRequests({ url, connections: CONNECTIONS, requests: [one] }, (text) =>
        refusals.push(text),
      ),
    ),
  );
  return {
    outcome() {
      const answers: Record<string, number> = {};
      for (const each of running) {
        for (const [status, count] of Object.entries(each.outcome())) {
          answers[status] = (answers[status] ?? 0) + count;
        }
      }
      return { answers, refusals };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}
