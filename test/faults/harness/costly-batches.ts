/**
 * The attack of F33: an application publishes batches of 8 MiB that are costly to parse, without a pause.
 * Each has a 64-bit integer among hundreds of thousands of values. Its last event is refused, so that nothing
 * is stored and only parsing counts.
 */
import { call, type ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

/** The limit of concurrent batches of one application. */
const CONNECTIONS = 3;
const EVENT_BYTES = 1_040_000;

export async function prepareCostlyBatches({
  url,
}: Pick<ServerProcess, "url">): Promise<PreparedAttacks<Answers>> {
  await call(url, "POST", "/app", { name: "Attacker", uid: "attacker" });
  const { body } = await call(url, "POST", "/app/attacker/key", { kind: "publish" });
  const headers = {
    authorization: `Bearer ${String(body["key"])}`,
    "content-type": "application/json",
  };
  const path = "/api/v1/app/attacker/msg/batch";
  const requests = [{ method: "POST", path, headers, body: costlyBatch() }];
  return {
    attacks: [
      {
        name: "batches of 8 MiB that are costly to read",
        start: () => startRequests({ url, connections: CONNECTIONS, requests }),
      },
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Eight events of lists, names and numbers. The last one has an unknown field. */
function costlyBatch(): string {
  const fill = (text: string) => text.repeat(Math.floor(EVENT_BYTES / text.length));
  const payloads = [
    `{"id":9007199254740993,"a":[${fill("0,")}0]}`,
    `{"a":[${fill("[],")}0]}`,
    `{"a":[${fill('{"a":0},')}0]}`,
    `{"a":[${fill("12345678901234567,")}0]}`,
    `{"a":"${fill("\\u0041")}"}`,
    `{${fill('"a":{},')}"a":0}`,
    `{"a":[${fill("1.5e3,")}0]}`,
    `{"a":0}`,
  ];
  const events = payloads.map((payload) => `{"eventType":"costly.event","payload":${payload}}`);
  return `[${events.join(",").slice(0, -1)},"unknown":0}]`;
}
