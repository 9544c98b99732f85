import assert from "node:assert/strict";
import { test } from "node:test";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import { eventually, openEngineWorld, START } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { createStoredAnswerBytes } from "./stored-answer-bytes.ts";

const SENTENCE =
  "This answer is not stored, because the application has stored 10 bytes of answers today. Limit: stored_answer_bytes.";
const DAY_MS = 86_400_000;
const of = (appId: string, ownLimit: number | null = null, now = START) => ({
  detail: null,
  appId,
  ownLimit,
  now,
});

test("an application's answers beyond its bytes of the day are replaced, and others are not", () => {
  const answers = createStoredAnswerBytes(10);
  assert.equal(answers.count("äää", of("a")), "äää");
  assert.equal(answers.count("12345", of("a")), SENTENCE);
  assert.equal(answers.count("1234", of("a")), "1234");
  assert.equal(answers.count("5", of("a")), SENTENCE);
  assert.equal(answers.count("", of("a")), "");
  assert.equal(answers.count("12345", of("b")), "12345");
  assert.deepEqual([answers.used("a", START), answers.used("c", START)], [10, 0]);
});

test("the detail of an attempt counts with its answer", () => {
  const answers = createStoredAnswerBytes(10);
  assert.equal(answers.count("1234", { ...of("a"), detail: "5678" }), "1234");
  assert.equal(answers.count("", { ...of("a"), detail: "901" }), SENTENCE);
  assert.equal(answers.used("a", START), 8);
});

test("the count begins again with each UTC day, and an own number replaces the server's", () => {
  const answers = createStoredAnswerBytes(10);
  answers.count("1234567890", of("a"));
  const midnight = (Math.floor(START / DAY_MS) + 1) * DAY_MS;
  assert.equal(answers.count("1", of("a", null, midnight - 1)), SENTENCE);
  assert.equal(answers.count("1", of("a", null, midnight)), "1");
  assert.equal(answers.used("a", midnight), 1);
  assert.match(answers.count("23", of("a", 2, midnight)), /stored 2 bytes of answers today/);
  assert.equal(answers.count("12345678901", of("b", 11, midnight)), "12345678901");
});

test("an attempt above the application's own number is recorded without the receiver's answer", async () => {
  await using receiver = await startReceiver((_request, reply) => reply.end("hello"));
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  const answersAfter = async (count: number) => {
    await world.publish(newEvent());
    await eventually(
      () => world.deliveries(endpointId),
      (all) => all.filter(({ status }) => status === "delivered").length === count,
    );
    const attempts = await world.attempts(endpointId);
    return attempts.at(-1)?.response;
  };
  assert.equal(await answersAfter(1), "hello");
  const change = { storedAnswerBytes: 9 };
  await world.store.apps.setLimits({ ref: world.app.id, change, now: START });
  assert.equal(await answersAfter(2), SENTENCE.replace("10 bytes", "9 bytes"));
});
