import assert from "node:assert/strict";
import { test } from "node:test";
import { ENDPOINT_LIMITS } from "../limits/endpoint-limits.ts";
import {
  findFilterProblem,
  type PayloadFilter,
  readPayloadFilter,
  toFilteredPayload,
} from "./payload-filter.ts";

const JSON_TYPE = "application/json";
const PAYLOAD = {
  message: {
    id: "m-1",
    text: "Is my TABLE ready? ☕",
    price: 12.5,
    media: [{ type: "image/png", bytes: 10 }, { type: "text/vcard" }],
    tags: ["vip", "north"],
    nested: [[1, 2], [3], "4"],
  },
  "odd name": { "": 0 },
  empty: { list: [], object: {}, text: "", none: null, no: false },
};

function read(text: string): PayloadFilter {
  const filter = readPayloadFilter(text);
  assert.ok(filter, `${text} ${findFilterProblem(text)}`);
  return filter;
}

function passes(text: string, payloadText = JSON.stringify(PAYLOAD), contentType = JSON_TYPE) {
  return toFilteredPayload({ payloadText, contentType }).passes(read(text));
}

test("a filter selects by fields, comparisons, lists and functions", () => {
  const cases: Readonly<Record<string, boolean>> = {
    "message.id == 'm-1'": true,
    "message.id != 'm-1'": false,
    "message.missing.id == 'm-1'": false,
    "message.price > `12` && message.price <= `12.5`": true,
    "message.id > `1`": false,
    "message.missing == `null`": true,
    '"odd name"."" == `0`': true,
    '"odd name".""': true,
    "empty.list": false,
    "empty.object": false,
    "empty.text || empty.none || empty.no": false,
    "!(empty.list)": true,
    "!(empty.list || message)": false,
    "message.media[0].type == 'image/png'": true,
    "message.media[-1].type == 'text/vcard'": true,
    "message.media[9]": false,
    "message.media[?type=='image/png']": true,
    "message.media[?starts_with(type, 'video/')]": false,
    "message.media[?type=='image/png'] | [0].bytes == `10`": true,
    "contains(message.media[*].type, 'text/vcard')": true,
    "contains(message.tags, 'south')": false,
    "contains(message.nested[], `3`)": true,
    "contains(message.nested, `3`)": false,
    "message.nested[0] == `[1, 2]`": true,
    "contains(lower(message.text), 'table')": true,
    "ends_with(message.text, '☕') && starts_with(message.text, 'Is')": true,
    "length(message.tags) == `2`": true,
    "length('a☕') == `2`": true,
    "length(message.id) == length(`[1,2,3]`)": true,
    "type(message.price) == 'number' && type(empty) == 'object'": true,
    "not_null(message.missing, empty.none, message.id) == 'm-1'": true,
    "upper(message.price)": false,
    "contains(message.price, 'x')": false,
    "@.message && !hasOwnProperty && !__proto__": true,
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(passes(text), expected, text);
  }
});

test("a text outside the language is refused, with the place and the reason", () => {
  const cases: readonly [text: string, problem: RegExp][] = [
    ["", /must not end before a field.*\(at character 1\)/],
    ["a ==", /must not end before a field.*character 5/],
    ["a b", /must have an operator or its end here \(at character 3\)/],
    ["(a b)", /must have "\)" here \(at character 4\)/],
    ["a.", /must not end before the name of a field/],
    ["a.'b'", /must have the name of a field here/],
    ["[a, b]", /must have a number, \* or \? here/],
    ["{a: b}", /character that no filter has there/],
    ["a[1:2]", /character that no filter has there/],
    ["a.*", /character that no filter has there/],
    ["sort(a)", /calls "sort"; the functions of filters are contains, .*upper/],
    ["length()", /calls length with 0 values instead of 1/],
    ["!a.b", /needs parentheses after the !/],
    ["`{`", /not JSON/],
    ["a == `9007199254740993`", /number beyond 9007199254740991/],
    ["'open", /without its end/],
    [`${"(".repeat(40)}a${")".repeat(40)}`, /nests deeper than 32 levels/],
    ["(1)(2)", /must have a field/],
    ["a[*](b)", /must have an operator or its end/],
  ];
  for (const [text, problem] of cases)
    assert.match(findFilterProblem(text) ?? "none", problem, text);
});

test("integers are compared exactly, also those that a double cannot hold", () => {
  const payload = '{"id": 9007199254740993, "same": 9007199254740993, "near": 9007199254740992}';
  assert.equal(passes("id == same", payload), true);
  assert.equal(passes("id == near", payload), false);
  assert.equal(passes("id > near && id > `1`", payload), true);
});

test("a body that is not JSON is a text", () => {
  assert.equal(passes("contains(@, 'paid')", "<paid/>", "text/xml"), true);
  assert.equal(passes("type(@) == 'string'", "{", JSON_TYPE), true);
  assert.equal(passes("a", '{"a":1}', "application/vnd.api+json; charset=utf-8"), true);
});

const { filterSteps, filteredPayloadBytes } = ENDPOINT_LIMITS;

test("an event that a filter cannot decide within its steps passes, and the steps are counted", () => {
  const list = (count: number) => JSON.stringify({ a: Array.from({ length: count }, () => 1) });
  const never = "a[?@ == `2`]";
  assert.equal(passes(never, list(400)), false);
  assert.equal(passes(never, list(2_000)), true);
  const payloadText = list(2_000);
  const payload = toFilteredPayload({ payloadText, contentType: JSON_TYPE });
  assert.equal(payload.steps, 0);
  payload.passes(read(never));
  const parsed = Math.ceil(payloadText.length / 4);
  assert.equal(payload.steps, filterSteps.value + parsed);
  payload.passes(read("b"));
  assert.equal(payload.steps, filterSteps.value + parsed + 1);
});

test("no filter takes more steps than its limit, also when it multiplies lists", () => {
  const ones = "1".repeat(1_000);
  const payloadText = JSON.stringify({
    text: "a".repeat(20_000),
    needle: `${"a".repeat(8_000)}b`,
    lists: Array.from({ length: 8 }, () => Array.from(ones)),
    deep: JSON.parse("[".repeat(60) + "]".repeat(60)) as unknown,
  });
  const hostile = [
    "contains(text, needle)",
    "lower(upper(lower(upper(text)))) == text",
    "lists[*][?contains(@, '2')][][?@ == '2']",
    "lists[] == lists[]",
    "contains(lists, lists)",
    "length(text) == length(needle)",
    "deep[][][][][][][][][] || lists[?contains(@, lists)]",
  ];
  for (const text of hostile) {
    const payload = toFilteredPayload({ payloadText, contentType: JSON_TYPE });
    payload.passes(read(text));
    assert.ok(payload.steps <= filterSteps.value + payloadText.length / 4 + 1, text);
  }
});

test("a search that compares a long text at many places is out of steps", () => {
  const payloadText = JSON.stringify({ text: "a".repeat(8_000), needle: `${"a".repeat(4_000)}b` });
  assert.equal(passes("contains(text, needle)", payloadText), true);
  assert.equal(passes("contains(text, 'ab')", payloadText), false);
});

test("a payload is parsed once, and not at all when it is too long for filters", () => {
  const { value: most } = filteredPayloadBytes;
  const long = JSON.stringify({ a: "x".repeat(most) });
  const payload = toFilteredPayload({ payloadText: long, contentType: JSON_TYPE });
  assert.equal(payload.passes(read("a == 'y'")), true);
  assert.equal(payload.steps, 0);
  const short = toFilteredPayload({ payloadText: '{"a":"y"}', contentType: JSON_TYPE });
  assert.equal(short.passes(read("a == 'y'")), true);
  const { steps } = short;
  assert.equal(short.passes(read("a == 'y'")), true);
  assert.equal(short.steps, steps * 2 - 3);
});

test("a filter that only another program can read lets every event pass", () => {
  assert.equal(readPayloadFilter("sort(a)"), null);
  assert.equal(readPayloadFilter(null), null);
});
