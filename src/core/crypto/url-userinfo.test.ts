import assert from "node:assert/strict";
import { test } from "node:test";
import { basicAuthorization, credentialsText, hidePassword } from "./url-userinfo.ts";

test("a URL is shown as it was written, without its password", () => {
  const shown = [
    ["https://user:pass@host/a?b=c:d@e", "https://user@host/a?b=c:d@e"],
    ["HTTP://us%40er:p%3aw@Host:8080", "HTTP://us%40er@Host:8080"],
    ["https://user:@host/", "https://user@host/"],
    ["https://user:a@b:c@host/", "https://user@host/"],
    ["https://user@[::1]:80/", "https://user@[::1]:80/"],
    ["https://host:80/a@b", "https://host:80/a@b"],
    ["https://host?x=//u:p@h", "https://host?x=//u:p@h"],
  ] as const;
  for (const [given, expected] of shown) assert.equal(hidePassword(given), expected);
});

test("Basic credentials are UTF-8, decoded, and sent to their origin and user name only", () => {
  const text = credentialsText("https://us%40er@host/a", "pä:ß");
  const value = `Basic ${Buffer.from("us@er:pä:ß").toString("base64")}`;
  assert.equal(basicAuthorization("https://us%40er@host/other?x", text), value);
  for (const other of [
    "https://us%40er@other/a",
    "https://us%40er@host:8443/a",
    "http://us%40er@host/a",
    "https://user@host/a",
    "https://host/a",
  ]) {
    assert.equal(basicAuthorization(other, text), null, other);
  }
});
