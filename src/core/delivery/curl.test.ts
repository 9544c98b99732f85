import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { toCurl } from "./curl.ts";

test("a shell passes every part of the request to curl unchanged", () => {
  const request = {
    method: "PUT",
    url: "https://example.com/?a='$(touch x)'&b=`id`",
    headers: [{ name: "x-tenant", value: 'it\'s \\ "quoted" $HOME' }],
    body: '{"text":"it\'s\n\u{1F600} !\\\\"}',
  };
  // The shell's own function stands for the program.
  const script = `curl() { printf '%s\\0' "$@"; }\n${toCurl(request)}`;
  const given = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0");
  assert.deepEqual(given, [
    "-X",
    "PUT",
    request.url,
    "-H",
    `x-tenant: ${request.headers[0]?.value}`,
    "--data-binary",
    request.body,
    "",
  ]);
});

test("a request without a body has no data", () => {
  const request = { method: "GET", url: "https://example.com", headers: [], body: null };
  assert.equal(toCurl(request), "curl -X 'GET' 'https://example.com'");
});
