import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTACT, LINE, toEndpoint } from "../../test/contract/decide.ts";
import type { DialectFacts } from "./events/dialect-events.ts";
import type { EndpointMatch, MatchedEvent } from "./events/endpoint-match.ts";
import { findUnwanted } from "./events/match.ts";
import { verdictSentence } from "./verdict-words.ts";
import {
  absentVerdict,
  type DeliveryFacts,
  deliveryVerdict,
  type EndpointFacts,
  type Mark,
  toMark,
  type Verdict,
  VERDICT_KINDS,
  type VerdictKind,
  worstVerdict,
} from "./verdict.ts";

const NOW = Date.UTC(2026, 10, 30, 14, 31);
const SINCE = NOW - 1_740_000;
const LATER = NOW + 300_000;

const PENDING: DeliveryFacts = {
  state: "pending",
  reason: null,
  isLeased: false,
  dueAt: NOW + 1000,
  finishedAt: null,
  statusCode: null,
};
const HEALTHY: EndpointFacts = {
  status: "enabled",
  breaker: null,
  pausedUntil: null,
  parkedAt: null,
  hasRate: false,
};
const OPEN = { openedAt: SINCE, probeAt: LATER, statusCode: 503 };

const failed = (reason: string) =>
  ({ state: "failed", reason, finishedAt: SINCE, statusCode: 503, dueAt: null }) as const;

type Row = readonly [
  name: string,
  delivery: Partial<DeliveryFacts>,
  endpoint: Partial<EndpointFacts>,
  verdict: Verdict,
  mark: Mark,
];

const WITH_DELIVERY: readonly Row[] = [
  [
    "delivered",
    { state: "delivered", finishedAt: SINCE, statusCode: 204 },
    {},
    { kind: "delivered", since: SINCE, statusCode: 204 },
    "delivered",
  ],
  ["leased: sending", { isLeased: true }, { breaker: OPEN }, { kind: "sending" }, "waiting"],
  ["due later", {}, {}, { kind: "due", nextAt: NOW + 1000 }, "waiting"],
  [
    "due again after a failure",
    { statusCode: 500 },
    {},
    { kind: "due", nextAt: NOW + 1000, statusCode: 500 },
    "retrying",
  ],
  ["behind its key", { dueAt: null }, {}, { kind: "behind_key" }, "waiting"],
  [
    "behind an open breaker",
    { statusCode: 0 },
    { breaker: OPEN },
    { kind: "breaker_open", since: SINCE, nextAt: LATER, statusCode: 0 },
    "waiting",
  ],
  [
    "behind a breaker that other deliveries opened",
    {},
    { breaker: OPEN },
    { kind: "breaker_open", since: SINCE, nextAt: LATER, statusCode: 503 },
    "waiting",
  ],
  [
    "the receiver asked for a pause",
    {},
    { pausedUntil: LATER },
    { kind: "asked_to_wait", nextAt: LATER },
    "waiting",
  ],
  [
    "a pause that ended",
    {},
    { pausedUntil: NOW - 1 },
    { kind: "due", nextAt: NOW + 1000 },
    "waiting",
  ],
  ["due under a rate", { dueAt: NOW }, { hasRate: true }, { kind: "rate_limited" }, "waiting"],
  [
    "a rate does not hold back a later retry",
    {},
    { hasRate: true },
    { kind: "due", nextAt: NOW + 1000 },
    "waiting",
  ],
  [
    "paused, even behind an open breaker",
    {},
    { status: "paused", parkedAt: SINCE, breaker: OPEN },
    { kind: "parked_paused", since: SINCE },
    "parked",
  ],
  [
    "disabled",
    { dueAt: null },
    { status: "disabled", parkedAt: SINCE },
    { kind: "parked_disabled", since: SINCE },
    "parked",
  ],
  ["of a deleted endpoint", {}, { status: "deleted" }, { kind: "cancelled" }, "not_due"],
  [
    "cancelled",
    { state: "cancelled", finishedAt: SINCE },
    { status: "deleted" },
    { kind: "cancelled", since: SINCE },
    "not_due",
  ],
  ...(
    [
      ["refused", "failed_final"],
      ["exhausted", "failed_exhausted"],
      ["backlog_full", "backlog_full"],
      ["expired", "expired"],
      ["content_expunged", "expunged"],
      ["content_damaged", "damaged"],
    ] as const
  ).map(([reason, kind]): Row => [
    `failed: ${reason}`,
    failed(reason),
    { breaker: OPEN, status: "disabled" },
    { kind, since: SINCE, statusCode: 503 },
    "failed",
  ]),
];

test("a cell with a delivery is judged by its state, its endpoint and the time", () => {
  for (const [name, delivery, endpoint, verdict, mark] of WITH_DELIVERY) {
    const given = { ...PENDING, ...delivery };
    const judged = deliveryVerdict(given, { ...HEALTHY, ...endpoint }, NOW);
    assert.deepEqual(judged, verdict, name);
    assert.equal(toMark(judged), mark, name);
  }
});

const EVENT: MatchedEvent = { onlyEndpointId: null, historical: false, channels: [], tags: [] };
const SENT: DialectFacts = {
  type: "message.progress",
  message: { channel: "sms", status: "sent", media: [] },
  account: {},
};
const CARRIER: DialectFacts = {
  ...SENT,
  message: { channel: "sms", status: "delivered_to_carrier", media: [] },
  previousStatus: "sent",
};

type AbsentRow = readonly [
  kind: VerdictKind,
  endpoint: Partial<EndpointMatch>,
  given?: {
    readonly event?: Partial<MatchedEvent>;
    readonly facts?: DialectFacts;
    readonly createdAt?: number;
    readonly isSuppressed?: true;
  },
];

const YOUNGER = { createdAt: NOW + 1 };
const WITHOUT_DELIVERY: readonly AbsentRow[] = [
  ["disabled", { status: "disabled" }],
  ["made_later", { status: "disabled" }, YOUNGER],
  ["made_later", {}, YOUNGER],
  ["changed_since", {}],
  ["filtered", { filter: "message.text == 'Hello'" }],
  ["other_type", { eventTypes: ["message.received"] }],
  ["other_type", { eventTypes: ["message.received"] }, YOUNGER],
  ["other_channel", { channels: ["north"] }, { event: { channels: ["south"] } }],
  ["other_tag", { tags: ["a"] }, { event: { tags: ["b"] } }],
  ["other_line", { lines: [CONTACT] }],
  ["other_endpoint", {}, { event: { onlyEndpointId: "ep_another" } }],
  ["historical", {}, { event: { historical: true } }],
  ["no_such_event", { dialect: "chirp" }, { facts: { ...SENT, type: "call.logged" } }],
  ["already_notified", { dialect: "sendblue" }, { facts: CARRIER }],
  ["stale", {}, { isSuppressed: true }],
];

test("a cell without a delivery is judged by the endpoint as it is now", () => {
  for (const [kind, fields, given = {}] of WITHOUT_DELIVERY) {
    const endpoint = toEndpoint(fields);
    const event = { ...EVENT, ...given.event };
    const verdict = absentVerdict({
      unwanted: findUnwanted(endpoint, event, given.facts ?? SENT, LINE),
      isSuppressed: given.isSuppressed ?? false,
      hasFilter: endpoint.filter !== null,
      acceptedAt: NOW,
      endpointCreatedAt: given.createdAt ?? SINCE,
    });
    assert.equal(verdict.kind, kind, JSON.stringify(fields));
    assert.equal(toMark(verdict), "not_due");
  }
});

test("every verdict has a row in one of the two tables", () => {
  const kinds = [
    ...WITH_DELIVERY.map(([, , , { kind }]) => kind),
    ...WITHOUT_DELIVERY.map(([kind]) => kind),
  ];
  assert.deepEqual([...new Set(kinds)].toSorted(), [...VERDICT_KINDS].toSorted());
});

test("the worst verdict is the one that needs most attention, and the first of equals", () => {
  const cells = (...kinds: VerdictKind[]) =>
    kinds.map((kind, n) => ({ n, verdict: { kind } satisfies Verdict }));
  assert.equal(worstVerdict(cells("delivered", "due", "breaker_open", "due"))?.n, 2);
  assert.equal(worstVerdict(cells("no_such_event", "delivered"))?.n, 1);
  assert.equal(worstVerdict(cells("delivered", "disabled"))?.n, 1);
  assert.equal(worstVerdict(cells("due", "failed_final", "failed_final"))?.n, 1);
  assert.equal(worstVerdict([]), null);
});

test("each verdict has a sentence, and a tenant reads none about the server", () => {
  const toTime = (at: number) => new Date(at).toISOString().slice(11, 16);
  for (const kind of VERDICT_KINDS) {
    const verdict: Verdict = { kind, since: SINCE, nextAt: LATER, statusCode: 503 };
    for (const audience of ["operator", "tenant"] as const) {
      assert.match(verdictSentence(verdict, { audience, toTime }), /^[A-Z].*\.$/, kind);
      assert.match(verdictSentence({ kind }, { audience, toTime }), /^[^{}]*\.$/, kind);
    }
    const words = verdictSentence(verdict, { audience: "tenant", toTime });
    assert.doesNotMatch(words, /breaker|probe|server|damaged/i, kind);
  }
  const open: Verdict = { kind: "breaker_open", since: SINCE, nextAt: LATER, statusCode: 503 };
  assert.equal(
    verdictSentence(open, { audience: "operator", toTime }),
    "The breaker of the endpoint is open since 14:02 (503). The next probe is due at 14:36.",
  );
});
