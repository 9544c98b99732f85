import assert from "node:assert/strict";
import { test } from "node:test";
import { NetError } from "../outcome.ts";
import { requestBytes, type HttpRequest } from "./request-bytes.ts";

function toText(given: Partial<HttpRequest>): string {
  const bytes = requestBytes({
    method: "POST",
    path: "/hook",
    host: "example.com",
    headers: [],
    body: "{}",
    keepsAlive: true,
    ...given,
  });
  return bytes.toString("latin1");
}

test("a request has its headers in their order, and its body behind its length in bytes", () => {
  assert.equal(
    toText({ headers: ["x-one", "1", "X-Two", "\u00e9\t2"], body: "\u20ac" }),
    "POST /hook HTTP/1.1\r\nhost: example.com\r\nconnection: keep-alive\r\naccept-encoding: identity\r\n" +
      "x-one: 1\r\nX-Two: \u00e9\t2\r\ncontent-length: 3\r\n\r\n" +
      Buffer.from("\u20ac").toString("latin1"),
  );
});

const REFUSED: readonly (readonly [what: string, headers: readonly string[], named: string])[] = [
  ["a value with the end of a line", ["x-one", "1", "x-two", "2\r\nx: 3"], 'the header "x-two"'],
  ["a value beyond latin1", ["x-one", "\u20ac", "x-two", "2"], 'the header "x-one"'],
  ["no value", ["x-one", "1", "x-two"], 'the header "x-two"'],
  ["a name with the end of a line", ["x-one\r\nx", "1"], "the name of a header"],
  ["an empty name", ["", "1"], "the name of a header"],
  ["a framing header", ["Content-Length", "1"], 'the header "Content-Length"'],
];

for (const [what, headers, named] of REFUSED) {
  test(`${what} is refused each time, with a sentence that shows no value`, () => {
    const message = `the request cannot be sent: ${named} is not valid in HTTP/1.1`;
    for (let n = 0; n < 2; n += 1) {
      assert.throws(() => toText({ headers }), new NetError("protocol", message));
    }
  });
}

test("a name beyond those that are remembered is checked each time", () => {
  for (let n = 0; n < 1_100; n += 1) {
    assert.match(toText({ headers: [`x-${n}`, "1"] }), new RegExp(`\r\nx-${n}: 1\r\n`));
  }
  assert.throws(() => toText({ headers: ["host", "1"] }), NetError);
});
