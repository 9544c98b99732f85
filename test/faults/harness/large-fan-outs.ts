/**
 * The attack of F29: an application with many endpoints publishes large batches at a steady rate. One batch
 * has more deliveries than a publish may cause; the other one is below the limit and far above the number that
 * a publish makes itself. The events are to be delivered tomorrow, so that the row measures the making of
 * deliveries and not their sending.
 */
import assert from "node:assert/strict";
import { call, type ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

const APP = "attacker";
const ENDPOINTS = 400;
/** 400,000 deliveries. */
const REFUSED_EVENTS = 1_000;
const ACCEPTED_EVENTS = 200;
export const ACCEPTED_DELIVERIES = ACCEPTED_EVENTS * ENDPOINTS;
const PER_SECOND = 3;
const CONNECTIONS = 4;
const AT_ONCE = 8;
const DAY_MS = 86_400_000;

export type LargeFanOuts = PreparedAttacks<Answers> & {
  /** The refusal of a batch beyond the limit. */
  refusal(): Promise<{ readonly status: number; readonly detail: string }>;
};

export async function prepareLargeFanOuts({
  url,
}: Pick<ServerProcess, "url">): Promise<LargeFanOuts> {
  await call(url, "POST", "/app", { name: "Attacker", uid: APP });
  const { body } = await call(url, "POST", `/app/${APP}/key`, { kind: "publish" });
  await makeEndpoints(url);
  const headers = { authorization: `Bearer ${String(body["key"])}` };
  const path = `/app/${APP}/msg/batch`;
  const requests = [REFUSED_EVENTS, ACCEPTED_EVENTS].map((events) => ({
    method: "POST",
    path: `/api/v1${path}`,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(toBatch(events)),
  }));
  return {
    attacks: [
      {
        name: "batches to many endpoints",
        start: () =>
          startRequests({ url, connections: CONNECTIONS, perSecond: PER_SECOND, requests }),
      },
    ],
    async refusal() {
      const answer = await call(url, "POST", path, toBatch(REFUSED_EVENTS), headers);
      return { status: answer.status, detail: String(answer.body["detail"]) };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function makeEndpoints(url: string): Promise<void> {
  let made = 0;
  async function makeSome(): Promise<void> {
    while (made < ENDPOINTS) {
      made += 1;
      const endpoint = { url: "http://127.0.0.1:9999/" };
      const answer = await call(url, "POST", `/app/${APP}/endpoint`, endpoint);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
}

function toBatch(events: number) {
  const deliverAt = new Date(Date.now() + DAY_MS).toISOString();
  return Array.from({ length: events }, (_, n) => ({
    eventType: "wide",
    payload: { n },
    deliverAt,
  }));
}
