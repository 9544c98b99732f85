import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { customSchedule } from "../core/delivery/retry-schedule.ts";
import { parseIpAddress, parseWaits } from "./parse-setting.ts";

test("waits are comma-separated durations, with or without spaces", () => {
  assert.deepEqual(parseWaits("30s,2m, 10m"), { ok: true, value: [30_000, 120_000, 600_000] });
  assert.deepEqual(parseWaits("1d"), { ok: true, value: [86_400_000] });
});

const BAD_WAITS = [
  "",
  "30",
  "30s,",
  "30s,,2m",
  "30s;2m",
  "999ms",
  "0",
  "-30s",
  "1.5m",
  "25h",
  "2d",
  "30s,soon",
  "1d,1d,1d,1s",
  Array<string>(31).fill("1s").join(),
];
for (const text of BAD_WAITS) {
  test(`waits of "${text.slice(0, 20)}" are refused with the allowed form`, () => {
    const parsed = parseWaits(text);
    assert.ok(!parsed.ok);
    assert.match(
      parsed.allowed,
      /at most 30 comma-separated durations of 1s to 1d each, at most 72h in total, such as/,
    );
  });
}

test("accepted waits always make a valid retry schedule", () => {
  const duration = fc
    .tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom("ms", "s", "m", "h", "d"))
    .map(([count, unit]) => `${count}${unit}`);
  let taken = 0;
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 4 }), (waits) => {
      const parsed = parseWaits(waits.join());
      if (!parsed.ok) return;
      taken += 1;
      assert.equal(customSchedule(parsed.value).kind, "waits");
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 20, `${taken} were taken`);
});

test("an address setting is an IPv4 or IPv6 address; names, ranges and zones are refused", () => {
  for (const text of ["", "127.0.0.9", "203.0.113.7", "::1", "2001:db8::7"]) {
    assert.deepEqual(parseIpAddress(text), { ok: true, value: text });
  }
  for (const text of ["localhost", "127.1", "10.0.0.0/8", "fe80::1%eth0", "1.2.3.4:80", "[::1]"]) {
    const parsed = parseIpAddress(text);
    assert.ok(!parsed.ok, text);
    assert.match(parsed.allowed, /IPv4 or IPv6 address/);
  }
});
