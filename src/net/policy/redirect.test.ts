import assert from "node:assert/strict";
import { test } from "node:test";
import { openAnswering } from "../../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../../test/net/sender.ts";
import { redirectSentence } from "./redirect.ts";

const URL_CALLED = "https://hooks.example.com/a/b?key=1";

const SHOWN: readonly (readonly [
  status: number,
  location: string | undefined,
  want: string | null,
])[] = [
  [301, "https://www.example.com/hook", "https://www.example.com/hook"],
  [308, "https://u:p@www.example.com/hook?token=t#f", "https://www.example.com/hook"],
  [302, "/login", "https://hooks.example.com/login"],
  [307, "c", "https://hooks.example.com/a/c"],
  [303, `/${"x".repeat(400)}`, `https://hooks.example.com/${"x".repeat(274)}…`],
  [304, undefined, null],
  [200, "/login", null],
  [302, "javascript:alert(1)", null],
  [302, "http://[", null],
];

for (const [status, location, want] of SHOWN) {
  test(`a ${status} to ${location?.slice(0, 60)} shows ${want?.slice(0, 60)}`, () => {
    const said = redirectSentence({ status, location, url: URL_CALLED });
    const sentence = `the receiver redirects to ${want}; redirects are not followed, so change the endpoint's URL`;
    assert.equal(said, want === null ? null : sentence);
  });
}

test("the attempt of a redirect shows its target before the receiver's body", async () => {
  await using receiver = await openAnswering(
    "HTTP/1.1 301 Moved\r\nlocation: https://new.example.com/hook?secret=1\r\ncontent-length: 5\r\n\r\nmoved",
  );
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.ok(outcome.kind === "response");
  assert.equal(outcome.status, 301);
  assert.equal(
    outcome.body,
    "the receiver redirects to https://new.example.com/hook; redirects are not followed, so change the endpoint's URL\n\nmoved",
  );
});
