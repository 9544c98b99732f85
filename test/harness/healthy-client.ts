/** A publisher beside the clients under test. Other clients must not affect it. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "./server.ts";

export type HealthyClient = AsyncDisposable & {
  /** The number of its publishes so far. Fails when one was not answered with 202. */
  taken(): number;
};

const PAUSE_MS = 10;

/** Creates an application and publishes to it, one event after the other, until it is disposed of. */
export async function startHealthyClient(url: string): Promise<HealthyClient> {
  const made = await call(url, "POST", "/app", { name: "Healthy" });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const app = String(made.body["id"]);
  const noticed: string[] = [];
  let taken = 0;
  const over = new AbortController();

  async function publish(): Promise<void> {
    while (!over.signal.aborted) {
      const body = { eventType: "healthy.event", payload: { taken } };
      const answer = await call(url, "POST", `/app/${app}/msg`, body).catch(String);
      if (typeof answer === "string") noticed.push(answer);
      else if (answer.status !== 202) noticed.push(`${answer.status}`);
      taken += 1;
      await sleep(PAUSE_MS);
    }
  }
  const publishing = publish();

  return {
    taken() {
      assert.deepEqual(noticed, [], "the healthy client noticed something");
      return taken;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await publishing;
    },
  };
}
