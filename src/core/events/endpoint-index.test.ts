import assert from "node:assert/strict";
import { test } from "node:test";
import { LINE, toEndpoint, toIndex } from "../../../test/contract/decide.ts";
import { fc } from "../../../test/harness/property.ts";
import type { Dialect } from "../snapshot.ts";
import type { DialectFacts } from "./dialect-events.ts";
import { createEndpointIndex, type EndpointIndex } from "./endpoint-index.ts";
import type { EndpointMatch, MatchedEvent } from "./endpoint-match.ts";
import { listWanted, planDeliveries } from "./match.ts";
import { readPayloadFilter, toFilteredPayload } from "../payload-filter/payload-filter.ts";

const ANY: MatchedEvent = { onlyEndpointId: null, historical: false, channels: [], tags: [] };
const NAMES = [
  "message.received",
  "message/receive",
  "receive",
  "messages.sms.received",
  "MESSAGE_CREATED",
  "paid",
];

/** Few different items, so that events and endpoints share some. */
const someOf = (items: readonly string[]) => fc.subarray([...items]);
const filter = (items: readonly string[]) => fc.option(someOf(items), { freq: 2 });
const LETTERS = ["a", "b", "c", "d"];
const LINES = [LINE, "+12065550101"];

const anyEndpoint: fc.Arbitrary<Omit<EndpointMatch, "endpointId">> = fc.record({
  dialect: fc.constantFrom<Dialect[]>("svix", "svix", "zipwhip", "sendblue", "chirp"),
  status: fc.constantFrom("enabled", "enabled", "paused", "disabled"),
  eventTypes: filter(NAMES),
  channels: filter(LETTERS),
  tags: filter(LETTERS),
  lines: filter(LINES),
  wantsHistory: fc.boolean(),
  filter: fc.option(fc.constantFrom("n > `1`", "n == `1`"), { freq: 2 }),
});

type Change = {
  readonly number: number;
  readonly endpoint: Omit<EndpointMatch, "endpointId"> | null;
};
const anyChanges = fc.array(
  fc.record<Change>({
    number: fc.nat({ max: 299 }),
    endpoint: fc.option(anyEndpoint, { freq: 4 }),
  }),
  { minLength: 1, maxLength: 400, size: "max" },
);
const anyEvent = fc.record({
  type: fc.constantFrom("message.received", "message.attempt.log", "paid", "unpaid"),
  only: fc.option(fc.nat({ max: 299 }), { freq: 5 }),
  historical: fc.boolean(),
  channels: someOf(LETTERS),
  tags: someOf(LETTERS),
  line: fc.option(fc.constantFrom(...LINES, "+12065550102")),
  pictures: fc.nat({ max: 3 }),
  n: fc.nat({ max: 2 }),
});

test("after any changes the index finds the endpoints that a look at each endpoint finds, in their order", () => {
  fc.assert(
    fc.property(anyChanges, fc.array(anyEvent, { minLength: 1 }), (changes, events) => {
      const index = createEndpointIndex();
      const plain = new Map<number, EndpointMatch>();
      for (const { number, endpoint } of changes) {
        const endpointId = `ep_${number}`;
        if (endpoint === null) {
          index.remove(endpointId);
          plain.delete(number);
        } else {
          index.put({ ...endpoint, endpointId }, number);
          plain.set(number, { ...endpoint, endpointId });
        }
      }
      assert.equal(index.size, plain.size);
      assert.equal(index.newest, Math.max(0, ...plain.keys()));
      const oldestFirst = [...plain].sort(([a], [b]) => a - b).map(([, endpoint]) => endpoint);
      for (const { type, only, line, pictures, n, ...rest } of events) {
        const picture = { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" };
        const media = Array.from({ length: pictures }, () => picture);
        const facts: DialectFacts = { type, message: { channel: "sms", status: null, media } };
        const event = { ...rest, onlyEndpointId: only === null ? null : `ep_${only}` };
        const payload = toFilteredPayload({
          payloadText: `{"n":${n}}`,
          contentType: "application/json",
        });
        const passing = oldestFirst.filter((endpoint) => {
          const filter = readPayloadFilter(endpoint.filter);
          return event.onlyEndpointId !== null || filter === null || payload.passes(filter);
        });
        const expected = passing.flatMap((endpoint) =>
          listWanted(endpoint, event, facts, line).map((webhookIndex) => ({
            endpointId: endpoint.endpointId,
            webhookIndex,
          })),
        );
        assert.deepEqual(planDeliveries(event, facts, line, index, payload), expected);
      }
      assert.equal(
        index.readsPayload,
        oldestFirst.some(({ filter }) => filter !== null),
      );
      for (const dialect of ["svix", "zipwhip", "sendblue", "chirp"] as const) {
        assert.equal(
          index.has(dialect),
          oldestFirst.some((one) => one.dialect === dialect),
        );
      }
    }),
  );
});

const PAID = { type: "paid", message: null };

function findIds(index: EndpointIndex, event: Partial<MatchedEvent> = {}): readonly string[] {
  return index
    .findWanting({ ...ANY, ...event }, PAID, null, null)
    .map(({ endpointId }) => endpointId);
}

test("a thousand endpoints of one type are found, and those that lose it are not", () => {
  const index = createEndpointIndex();
  const toPaid = (number: number) =>
    toEndpoint({ endpointId: `ep_${number}`, eventTypes: ["paid", `only.${number}`] });
  for (let number = 0; number < 1000; number++) index.put(toPaid(number), number);
  assert.deepEqual(
    findIds(index),
    Array.from({ length: 1000 }, (_, number) => `ep_${number}`),
  );
  for (let number = 1; number < 1000; number++) {
    index.put({ ...toPaid(number), eventTypes: [`only.${number}`] }, number);
  }
  assert.deepEqual(findIds(index), ["ep_0"]);
  index.remove("ep_0");
  assert.deepEqual(findIds(index), []);
  index.put(toPaid(1000), 1000);
  index.put(toPaid(7), 7);
  assert.deepEqual(findIds(index), ["ep_7", "ep_1000"]);
});

test("of a thousand endpoints with tags, those that share one with the event are found", () => {
  const tags = (number: number) => [number % 100 === 0 ? "rare" : "common"];
  const index = toIndex(
    Array.from({ length: 1000 }, (_, number) =>
      toEndpoint({ endpointId: `ep_${number}`, tags: tags(number) }),
    ),
  );
  assert.equal(findIds(index, { tags: ["rare", "none"] }).length, 10);
  assert.equal(findIds(index, { tags: ["common"] }).length, 990);
  assert.equal(findIds(index, { tags: ["common", "rare"] }).length, 1000);
  assert.deepEqual(findIds(index), []);
});

test("a type that an endpoint lists twice is one, also when the endpoint loses it", () => {
  const index = createEndpointIndex();
  for (const number of [0, 1]) {
    const eventTypes = ["paid", "paid"];
    index.put(toEndpoint({ endpointId: `ep_${number}`, eventTypes }), number);
  }
  index.put(toEndpoint({ endpointId: "ep_1", eventTypes: [] }), 1);
  assert.deepEqual(findIds(index), ["ep_0"]);
});

test("a changed endpoint is found as it is now, also when its lists have not changed", () => {
  const index = createEndpointIndex();
  for (const status of ["enabled", "paused", "disabled", "enabled"] as const) {
    const changed = toEndpoint({ eventTypes: ["paid"], status });
    index.put(changed, 0);
    const found = index.findWanting(ANY, PAID, null, null);
    assert.deepEqual(found, status === "disabled" ? [] : [changed]);
    assert.equal(index.find(changed.endpointId), changed);
  }
});
