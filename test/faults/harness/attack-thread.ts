/** The thread of `attack.ts`. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { AttackAnswer, AttackPlan, AttackRequest } from "./attack.ts";

const plan = workerData as AttackPlan;
const agent = new Agent({ keepAlive: true });
const startedAt = performance.now();
let sent = 0;
let hasText = false;

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
    parentPort?.postMessage(await fetchAnswer(one));
  }
}

/** The first refusal for a rate (429) has its text. */
function fetchAnswer({
  method,
  path,
  headers = {},
  body = "",
}: AttackRequest): Promise<AttackAnswer> {
  const { promise, resolve } = Promise.withResolvers<AttackAnswer>();
  const length = { "content-length": Buffer.byteLength(body) };
  const options = { agent, method, headers: { ...headers, ...length } };
  request(new URL(path, plan.url), options, (response) => {
    const status = response.statusCode ?? 0;
    let text = "";
    if (status === 429 && !hasText) {
      hasText = true;
      response.setEncoding("utf8").on("data", (more: string) => (text += more));
    }
    response.resume().on("close", () => resolve({ status, ...(text === "" ? {} : { text }) }));
  })
    .on("error", () => resolve({ status: 0 }))
    .end(body);
  return promise;
}
