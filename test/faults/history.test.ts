/**
 * Tests of the checker: a valid history passes, and a history that breaks one rule is found under that rule's
 * name. Without them a fault test that finds nothing would prove nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../harness/property.ts";
import {
  checkHistory,
  type History,
  type Publish,
  type Receipt,
  type Rule,
  type Stored,
} from "./history.ts";

const ENDPOINTS = ["/one", "/two"];

const publish = (n: number, more: Partial<Publish> = {}): Publish => ({
  eventId: `e${n}`,
  bodyHash: `h${n}`,
  outcome: "ok",
  id: `msg_${n}`,
  ...more,
});
const receipt = (n: number, endpoint: string, more: Partial<Receipt> = {}): Receipt => ({
  endpoint,
  id: `msg_${n}`,
  eventId: `e${n}`,
  bodyHash: `h${n}`,
  isSigned: true,
  ...more,
});
const stored = (n: number, endpoint: string, more: Partial<Stored> = {}): Stored => ({
  endpoint,
  id: `msg_${n}`,
  eventId: `e${n}`,
  state: "delivered",
  ...more,
});

/** Events 1 to 4 arrive, 5 is pending, 6 was refused. 7 and 8 are unknown, and one of them was stored. */
function validHistory(): History & {
  publishes: Publish[];
  receipts: Receipt[];
  stored: Stored[];
} {
  const arrives = [1, 2, 3, 4, 7];
  return {
    endpoints: ENDPOINTS,
    publishes: [
      ...[1, 2, 3, 4, 5].map((n) => publish(n)),
      publish(6, { outcome: "fail", id: null }),
      ...[7, 8].map((n) => publish(n, { outcome: "unknown", id: null })),
    ],
    receipts: [
      ...arrives.flatMap((n) => ENDPOINTS.map((endpoint) => receipt(n, endpoint))),
      receipt(1, "/one"),
    ],
    stored: [
      ...arrives.flatMap((n) => ENDPOINTS.map((endpoint) => stored(n, endpoint))),
      stored(5, "/one", { state: "pending" }),
      stored(5, "/two", { state: "failed" }),
    ],
    mostDuplicates: 1,
  };
}

type Doctoring = readonly [
  what: string,
  rule: Rule,
  doctor: (history: ReturnType<typeof validHistory>) => void,
];

const DOCTORED: readonly Doctoring[] = [
  [
    "an acknowledged event is neither in the store nor at a receiver",
    "acknowledged arrives or is pending",
    (history) => void history.publishes.push(publish(9)),
  ],
  [
    "an acknowledged event is at one receiver and not at the other",
    "acknowledged arrives or is pending",
    (history) => {
      history.receipts = history.receipts.filter(
        (one) => one.id !== "msg_2" || one.endpoint !== "/two",
      );
      history.stored = history.stored.filter(
        (one) => one.id !== "msg_2" || one.endpoint !== "/two",
      );
    },
  ],
  [
    "an event arrived and is not in the store",
    "acknowledged is stored",
    (history) => {
      history.stored = history.stored.filter(({ id }) => id !== "msg_3");
    },
  ],
  [
    "a delivery is recorded as delivered and did not arrive",
    "recorded as delivered arrived",
    (history) => {
      history.receipts = history.receipts.filter(({ id }) => id !== "msg_4");
    },
  ],
  [
    "an acknowledged event was cancelled without a reason",
    "acknowledged arrives or is pending",
    (history) => {
      history.stored = history.stored.map((one) =>
        one.id === "msg_5" ? { ...one, state: "cancelled" } : one,
      );
    },
  ],
  [
    "a refused event arrives",
    "refused does not arrive",
    (history) => void history.receipts.push(receipt(6, "/one")),
  ],
  [
    "a refused event is in the store",
    "refused is not stored",
    (history) => void history.stored.push(stored(6, "/one", { state: "pending" })),
  ],
  [
    "an event arrives that was never published",
    "never published does not arrive",
    (history) => void history.receipts.push(receipt(99, "/one")),
  ],
  [
    "an event arrives whose payload cannot be parsed",
    "never published does not arrive",
    (history) => void history.receipts.push(receipt(99, "/one", { eventId: null })),
  ],
  [
    "one event arrives under two ids",
    "one event has one id",
    (history) => void history.receipts.push(receipt(7, "/one", { id: "msg_77" })),
  ],
  [
    "a repeated request is answered with another id",
    "one event has one id",
    (history) => void history.publishes.push(publish(1, { id: "msg_11" })),
  ],
  [
    "the id of a receipt is changed",
    "one event has one id",
    (history) => void history.receipts.push(receipt(2, "/one", { id: "msg_2x" })),
  ],
  [
    "one byte of a body is changed",
    "the body is unchanged",
    (history) => void history.receipts.push(receipt(2, "/one", { bodyHash: "hx" })),
  ],
  [
    "a signature does not match its body",
    "the signature is valid",
    (history) => void history.receipts.push(receipt(2, "/one", { isSigned: false })),
  ],
  [
    "more deliveries are repeated than were in flight",
    "duplicates were in flight",
    (history) => void history.receipts.push(receipt(1, "/two")),
  ],
];

test("a valid history passes, with everything counted", () => {
  assert.deepEqual(checkHistory(validHistory()), {
    violations: [],
    counts: { ok: 5, fail: 1, unknown: 2, receipts: 11, duplicates: 1, pending: 2 },
  });
});

for (const [what, rule, doctor] of DOCTORED) {
  test(`the checker finds that ${what}`, () => {
    const history = validHistory();
    doctor(history);
    const rules = checkHistory(history).violations.map((violation) => violation.rule);
    assert.ok(rules.includes(rule), `found ${rules.join(", ") || "nothing"}`);
  });
}

test("each rule is broken by at least one of these histories", () => {
  const rules: Record<Rule, true> = {
    "acknowledged is stored": true,
    "acknowledged arrives or is pending": true,
    "recorded as delivered arrived": true,
    "refused is not stored": true,
    "refused does not arrive": true,
    "never published does not arrive": true,
    "one event has one id": true,
    "the body is unchanged": true,
    "the signature is valid": true,
    "duplicates were in flight": true,
  };
  assert.deepEqual(new Set(DOCTORED.map(([, rule]) => rule)), new Set(Object.keys(rules)));
});

test("a refused request does not contradict its repeat, which was acknowledged", () => {
  const history = validHistory();
  history.publishes.push(publish(6), publish(8, { outcome: "fail", id: null }));
  for (const endpoint of ENDPOINTS) {
    history.receipts.push(receipt(6, endpoint));
    history.stored.push(stored(6, endpoint));
  }
  assert.deepEqual(checkHistory(history).violations, []);
});

test("the checker finds any missing receipts and rows of acknowledged events", () => {
  const all = validHistory();
  const everything = fc
    .nat({ max: 4 })
    .chain((n) => fc.record({ n: fc.constant(n + 1), endpoint: fc.constantFrom(...ENDPOINTS) }));
  fc.assert(
    fc.property(everything, ({ n, endpoint }) => {
      const isTaken = (one: { id: string; endpoint: string }): boolean =>
        one.id === `msg_${n}` && one.endpoint === endpoint;
      const { violations } = checkHistory({
        ...all,
        receipts: all.receipts.filter((one) => !isTaken(one)),
        stored: all.stored.filter((one) => !isTaken(one)),
      });
      assert.ok(violations.some(({ rule }) => rule === "acknowledged is stored"));
    }),
  );
});
