/** The thread of `attack.ts`. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { AttackPlan, AttackRequest } from "./attack.ts";

const plan = workerData as AttackPlan;
const agent = new Agent({ keepAlive: true });
const startedAt = performance.now();
let sent = 0;

for (let connection = 0; connection < plan.connections; connection += 1) void attack();

async function attack(): Promise<void> {
  for (;;) {
    const number = sent;
    sent += 1;
    if (plan.perSecond !== undefined) {
      const waitMs = startedAt + (number * 1000) / plan.perSecond - performance.now();
      if (waitMs > 0) await sleep(waitMs);
    }
    const one = plan.requests[number % plan.requests.length] as AttackRequest;
    parentPort?.postMessage(await fetchStatus(one));
  }
}

function fetchStatus({ method, path, headers = {}, body = "" }: AttackRequest): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const length = { "content-length": Buffer.byteLength(body) };
  const options = { agent, method, headers: { ...headers, ...length } };
  request(new URL(path, plan.url), options, (response) => {
    response.resume().on("close", () => resolve(response.statusCode ?? 0));
  })
    .on("error", () => resolve(0))
    .end(body);
  return promise;
}
