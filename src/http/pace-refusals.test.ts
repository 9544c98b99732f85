import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify from "fastify";
import { eventuallySo } from "../../test/net/dialect-hooks.ts";
import { PACE_LIMITS, paceRefusals } from "./pace-refusals.ts";

const AN_HOUR_MS = 3_600_000;

/** A server that refuses every call of `/refused`, and holds a caller's second refusal for an hour. */
async function startServer() {
  const app = Fastify();
  app.decorateRequest("source", "192.0.2.1");
  paceRefusals(app, { ...PACE_LIMITS, burst: 1, perSecond: 1 / 3600, mostMs: AN_HOUR_MS });
  const bodies: unknown[] = [];
  let handled = 0;
  app.addHook("onResponse", (request, _reply, done) => {
    bodies.push(request.body);
    done();
  });
  app.post("/refused", (_request, reply) => {
    handled += 1;
    return reply.code(429).send({ refused: true });
  });
  app.post("/taken", (_request, reply) => reply.code(202).send({}));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const post = async (path: string, caller: string, signal: AbortSignal | null = null) => {
    const headers = { authorization: `Bearer ${caller}`, "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: "{}", signal });
    return { status: answer.status, body: await answer.text() };
  };
  return { app, post, bodies, handled: () => handled };
}

const REFUSED = { status: 429, body: '{"refused":true}' };

test("a further refusal of a caller is held; other answers and other callers are not", async () => {
  const { app, post, bodies, handled } = await startServer();
  assert.deepEqual(await post("/refused", "a"), REFUSED);
  const held = post("/refused", "a");
  await eventuallySo(() => handled() === 2, "it is refused");
  assert.equal((await post("/taken", "a")).status, 202);
  assert.deepEqual(await post("/refused", "b"), REFUSED);
  assert.equal(bodies.length, 3, "the held one is not answered");
  await app.close();
  assert.deepEqual(await held, REFUSED, "a stop sends it");
  assert.equal(bodies.at(-1), undefined, "its body was not kept");
});
