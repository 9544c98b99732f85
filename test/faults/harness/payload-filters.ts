/**
 * The second attack of F30: an application has as many payload filters as it may, and each takes most of its steps
 * for an event that it rejects. It publishes batches and single events in turn, without a pause. No delivery
 * results, so no quota of deliveries counts it.
 */
import { LIMITS } from "../../../src/core/limits.ts";
import { call, type ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

const APP = "attacker";
const EVENTS = 500;
const CONNECTIONS = 2;
/** Each item costs a filter four steps. */
const ITEMS = Math.floor(LIMITS.filterSteps.value / 5);

export async function preparePayloadFilters({
  url,
}: Pick<ServerProcess, "url">): Promise<PreparedAttacks<Answers>> {
  await call(url, "POST", "/app", { name: "Attacker", uid: APP });
  for (let i = 0; i < LIMITS.payloadFilters.value; i++) {
    await call(url, "POST", `/app/${APP}/endpoint`, {
      url: "https://127.0.0.1:8443/",
      payloadFilter: `a[?@ == \`${i + 2}\`]`,
    });
  }
  const { body } = await call(url, "POST", `/app/${APP}/key`, { kind: "publish" });
  const headers = {
    authorization: `Bearer ${String(body["key"])}`,
    "content-type": "application/json",
  };
  const event = { eventType: "u00000", payload: { a: Array.from({ length: ITEMS }, () => 1) } };
  const toRequest = (path: string, given: unknown) => ({
    method: "POST",
    path: `/api/v1/app/${APP}/${path}`,
    headers,
    body: JSON.stringify(given),
  });
  const requests = [
    toRequest(
      "msg/batch",
      Array.from({ length: EVENTS }, () => event),
    ),
    toRequest("msg", event),
  ];
  return {
    attacks: [
      {
        name: "batches and single events, with payload filters that take all their steps",
        start: () => startRequests({ url, connections: CONNECTIONS, requests }),
      },
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
