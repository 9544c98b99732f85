import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePublishedAddresses } from "./published-addresses.ts";

test("addresses and ranges are parsed with their dates, current or retired", () => {
  const text =
    "203.0.113.0/28@2026-01-01, 198.51.100.7@2024-03-01..2025-12-31,2001:db8::/32@2024-02-29,";
  assert.deepEqual(parsePublishedAddresses(text), {
    ok: true,
    value: [
      { cidr: "203.0.113.0/28", since: "2026-01-01", until: null },
      { cidr: "198.51.100.7/32", since: "2024-03-01", until: "2025-12-31" },
      { cidr: "2001:db8::/32", since: "2024-02-29", until: null },
    ],
  });
  assert.deepEqual(parsePublishedAddresses("::1@2026-01-01"), {
    ok: true,
    value: [{ cidr: "::1/128", since: "2026-01-01", until: null }],
  });
});

test("an empty setting is an empty list of addresses", () => {
  assert.deepEqual(parsePublishedAddresses(""), { ok: true, value: [] });
});

const BAD = [
  "203.0.113.0/28",
  "@2026-01-01",
  "203.0.113.0/33@2026-01-01",
  "2001:db8::/129@2026-01-01",
  "203.0.113@2026-01-01",
  "receiver.example@2026-01-01",
  "fe80::1%eth0@2026-01-01",
  "203.0.113.7@2026-13-01",
  "203.0.113.7@2026-02-30",
  "203.0.113.7@2026-1-1",
  "203.0.113.7@2026-01-01..",
  "203.0.113.7@2026-01-01..2026-02-30",
  "203.0.113.7@2026-01-02..2026-01-01",
  "203.0.113.7@2026-01-01 203.0.113.8@2026-01-01",
  "203.0.113.7@2026-01-01,nonsense",
];
for (const text of BAD) {
  test(`"${text}" is refused with the allowed form`, () => {
    const parsed = parsePublishedAddresses(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.allowed, /CIDR@since or CIDR@since\.\.until, such as 203/);
  });
}
