import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { createEgressPolicy } from "./address-policy.ts";
import cases from "../../../test/net/cases/urls.json" with { type: "json" };
import { parseEgressAllow } from "./egress-allow.ts";
import { checkUrl } from "./url-policy.ts";

type UrlCase = {
  url: string;
  href?: string;
  code?: string;
  http?: boolean;
  allow?: string;
  listener?: string;
};

for (const one of cases as UrlCase[]) {
  const setting = one.allow === undefined ? "" : ` with ${one.allow} opened`;
  const wanted = one.href === undefined ? `refuses as ${one.code}` : "accepts";
  test(`${wanted} ${JSON.stringify(one.url)}${setting}`, () => {
    const verdict = checkUrl(one.url, {
      policy: toPolicy(one),
      schemes: { http: one.http === true },
    });
    assert.equal(verdict.ok ? verdict.href : verdict.code, one.href ?? one.code);
  });
}

test("a URL over 2048 characters is refused, also when only its encoding is longer", () => {
  const rules = { policy: createEgressPolicy({}), schemes: { http: false } };
  const fits = `https://example.com/${"a".repeat(2048 - 20)}`;
  assert.equal(checkUrl(fits, rules).ok, true);
  assert.equal(checkUrl(`${fits}a`, rules).ok, false);
  assert.equal(checkUrl(`https://example.com/${"ü".repeat(1000)}`, rules).ok, false);
});

test("the refusal of a blocked target shows an application no details, and the operator the setting that permits it", () => {
  const rules = { policy: createEgressPolicy({}), schemes: { http: false } };
  const loopback = checkUrl("https://[::1]:9000/", rules);
  const port = checkUrl("https://example.com:22/", rules);
  assert.ok(!loopback.ok && !port.ok);
  assert.equal(loopback.message, port.message);
  assert.match(loopback.message, /address policy/);
  assert.doesNotMatch(loopback.message, /HOOKLINE|::1/);
  assert.match(loopback.operatorHint ?? "", /add "\[::1\]:9000" to HOOKLINE_EGRESS_ALLOW/);
});

test("the check never throws, and accepts its result again unchanged", () => {
  const rules = { policy: createEgressPolicy({}), schemes: { http: true } };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((s) => `http://${s}`),
      ),
      (text) => {
        const verdict = checkUrl(text, rules);
        if (!verdict.ok) return;
        const again = checkUrl(verdict.href, rules);
        assert.equal(again.ok && again.href, verdict.href);
      },
    ),
    { numRuns: 1000 },
  );
});

function toPolicy(one: UrlCase) {
  const allow = parseEgressAllow(one.allow ?? "");
  assert.ok(allow.ok);
  const [host = "", port = "0"] = one.listener?.split(":") ?? [];
  return createEgressPolicy({ allow: allow.rules, ownListeners: [{ host, port: Number(port) }] });
}

test("a refusal of a user name, a password or the address never repeats the password", () => {
  const rules = { policy: createEgressPolicy({}), schemes: { http: false } };
  const refused = [
    "https://user:hunter2%@example.com/",
    "https://user:hunter2%00@example.com/",
    "https://:hunter2@example.com/",
    `https://user:hunter2${"x".repeat(512)}@example.com/`,
    "https://user:hunter2@10.0.0.1/",
    "https://user:hunter2@example.com:22/",
    "https://user:hunter2@exa_mple..com/",
    "http://user:hunter2@10.0.0.1/",
    "https://user:hunter2@example.com/#part",
  ];
  for (const url of refused) {
    const verdict = checkUrl(url, rules);
    assert.equal(verdict.ok, false, url);
    assert.doesNotMatch(JSON.stringify(verdict), /hunter2/);
  }
  const taken = checkUrl("https://user:hunter2@example.com/", rules);
  assert.ok(taken.ok);
  assert.equal(taken.password, "hunter2");
  assert.doesNotMatch(taken.url.href, /hunter2/);
  const longest = `https://user:${"x".repeat(512 - 5)}@example.com/`;
  assert.equal(checkUrl(longest, rules).ok, true);
});
