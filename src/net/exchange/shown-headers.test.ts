import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { SHOWN_HEADERS_LIMIT_BYTES, toShownHeaders } from "./shown-headers.ts";

const head = (...lines: readonly string[]) => ["HTTP/1.1 503 Busy", ...lines, "", ""].join("\r\n");
const shown = (lines: readonly string[], sent: readonly string[] = []) =>
  toShownHeaders(head(...lines), sent).headers;
const names = (lines: readonly string[], sent: readonly string[] = []) =>
  shown(lines, sent).map(([name]) => name);

test("headers are shown in their order, with names in lower case and folded lines joined", () => {
  assert.deepEqual(shown(["Retry-After: 30", "Via: a", "via: b", "x-note: one", "\ttwo"]), [
    ["retry-after", "30"],
    ["via", "a"],
    ["via", "b"],
    ["x-note", "one two"],
  ]);
});

test("cookies and headers with credentials are left out, by name and by form", () => {
  const lines = [
    "Set-Cookie: sid=1",
    "set-cookie2: sid=1",
    "WWW-Authenticate: Basic",
    "x-auth-token: a",
    "X-Api-Key: a",
    "x-csrf: a",
    "webhook-signature: v1,a",
    "x-note: Bearer abcdef",
    "x-jot: eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln",
    "x-mail: use whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "server: nginx",
  ];
  assert.deepEqual(names(lines), ["server"]);
});

test("a header that repeats a value of the request is left out, also without its scheme", () => {
  const sent = ["authorization", "Basic dXNlcjpzZWNyZXQ=", "x-tenant", "own-value"];
  const lines = ["x-a: got dXNlcjpzZWNyZXQ=", "x-b: (own-value)", "x-c: own"];
  assert.deepEqual(names(lines, sent), ["x-c"]);
  const open = ["user-agent", "Hookline/1.2.3", "webhook-id", "msg_12345678"];
  assert.deepEqual(names(["x-a: Hookline/1.2.3", "x-b: msg_12345678"], open), ["x-a", "x-b"]);
});

test("a URL is shown without its user name, query and fragment", () => {
  assert.deepEqual(
    shown(["location: /login?next=1#a", "x-see: https://u:p@example.com/a?b, more", "x-ask: why?"]),
    [
      ["location", "/login?..."],
      ["x-see", "https://...@example.com/a?..., more"],
      ["x-ask", "why?"],
    ],
  );
});

test("bytes that are not printable ASCII are written out, and lines that are no header are left out", () => {
  assert.deepEqual(
    shown(["x-a: \x1b[31m\u00e2\u0080\u00ae\x00", "no header", "b\x07ad: 1", ": 2"]),
    [["x-a", "\\x1b[31m\\xe2\\x80\\xae\\x00"]],
  );
});

test("long values are cut, and headers beyond 4 KiB are left out", () => {
  const one = toShownHeaders(head(`x-long: ${"a".repeat(600)}`, "x-last: 1"), []);
  assert.deepEqual([one.headers.length, one.isCut], [2, true]);
  assert.equal(one.headers[0]?.[1].length, 512);
  const many = toShownHeaders(
    head(...Array.from({ length: 300 }, (_, i) => `x-${i}: 12345678`)),
    [],
  );
  assert.equal(many.isCut, true);
  assert.ok(JSON.stringify(many.headers).length <= SHOWN_HEADERS_LIMIT_BYTES);
  assert.ok(many.headers.length > 150);
  assert.equal(toShownHeaders(head("x-a: 1"), []).isCut, false);
});

test("any bytes are bounded, inert and without a cookie", () => {
  const bytes = fc.uint8Array({ maxLength: 6000 });
  const line = fc.oneof(bytes.map(toLatin1), fc.constantFrom("set-cookie: a=1", "x: \r y", "a:"));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const { headers } = toShownHeaders(head(...lines), []);
      const text = JSON.stringify(headers);
      assert.match(text, /^[\x20-\x7e]*$/);
      assert.ok(text.length <= SHOWN_HEADERS_LIMIT_BYTES + 2);
      assert.ok(headers.every(([name]) => name !== "set-cookie"));
    }),
  );
});

function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
