/**
 * The attack of F30: an application has endpoints with a thousand event types each, of which no event has one. It
 * publishes batches and changes an endpoint, in turn and without a pause. No delivery results, so no quota of
 * deliveries counts it.
 */
import assert from "node:assert/strict";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import { openStore } from "../../../src/store/open.ts";
import { newApp, newEndpoint } from "../../contract/store/fixtures.ts";
import { START } from "../../contract/store/harness.ts";
import { call, type ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

const APP = "attacker";
const TYPES = Array.from({ length: 1000 }, (_, i) => `t${String(i).padStart(5, "0")}`);
/** The filters of one more would exceed the limit of an application. */
const ENDPOINTS = 465;
const EVENTS = 500;
const CONNECTIONS = 2;
const DECIDE = {
  optOutMatch: "word",
  stopKeywords: [],
  unstopKeywords: [],
  largeTextBytes: 10_000,
} as const;

export type CostlyFilters = PreparedAttacks<Answers> & {
  /** The answer to one endpoint more. */
  readonly refusal: { readonly status: number; readonly body: unknown };
};

/** Writes the endpoints into a new store, which no server has open. One transaction is fast on both databases. */
export async function addCostlyFilters(storeUrl: string): Promise<void> {
  await using store = await openStore(storeUrl, {
    accept: { decide: DECIDE },
    onFatal: (error) => {
      throw error;
    },
  });
  const app = newApp({ uid: APP });
  await store.apps.create({ app, idempotencyKey: null });
  const set = { appRef: app.id, dialect: "svix", line: null } as const;
  const { token } = (await store.endpoints.readSet(set)) ?? assert.fail();
  const create = Array.from({ length: ENDPOINTS }, (): Endpoint =>
    newEndpoint(app.id, { eventTypes: TYPES, secrets: [] }),
  );
  const change = { create, update: [], remove: [] };
  const made = await store.endpoints.changeSet({ ...set, token, change, now: START });
  assert.equal(made?.length, ENDPOINTS);
}

/** The server's store has the endpoints. */
export async function prepareCostlyFilters({
  url,
}: Pick<ServerProcess, "url">): Promise<CostlyFilters> {
  const refusal = await call(url, "POST", `/app/${APP}/endpoint`, {
    url: "https://127.0.0.1:8443/",
    lines: TYPES.map((_, i) => `+1206555${1000 + i}`),
  });
  const { body } = await call(url, "GET", `/app/${APP}/endpoint?limit=1`);
  const [{ id }] = body["data"] as [{ readonly id: string }];
  const event = { eventType: "u00000", payload: {} };
  const requests = [
    {
      method: "POST",
      path: `/api/v1/app/${APP}/msg/batch`,
      headers: await toHeaders(url, "publish"),
      body: JSON.stringify(Array.from({ length: EVENTS }, () => event)),
    },
    {
      method: "PATCH",
      path: `/api/v1/app/${APP}/endpoint/${id}`,
      headers: await toHeaders(url, "manage"),
      body: JSON.stringify({ description: "changed" }),
    },
  ];
  return {
    refusal,
    attacks: [
      {
        name: "batches and changes of an endpoint, with many filters that match nothing",
        start: () => startRequests({ url, connections: CONNECTIONS, requests }),
      },
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function toHeaders(url: string, kind: string): Promise<Record<string, string>> {
  const { body } = await call(url, "POST", `/app/${APP}/key`, { kind });
  return { authorization: `Bearer ${String(body["key"])}`, "content-type": "application/json" };
}
