import assert from "node:assert/strict";
import { test } from "node:test";
import { requestHeaders } from "./headers.ts";

/** All values of `user-agent`, in order. */
function userAgents(p: { dialects?: string; endpoints?: string }): string[] {
  const headers = requestHeaders({
    rendered: {
      body: null,
      contentType: "application/json",
      headers: p.dialects === undefined ? {} : { "user-agent": p.dialects },
      query: null,
      dedupeId: "msg_1",
    },
    authentication: {
      namesUserAgent: p.endpoints !== undefined,
      addTo: (list) => {
        if (p.endpoints !== undefined) list.push("User-Agent", p.endpoints);
      },
    },
    isReplay: false,
    userAgent: "Hookline/1",
    now: 0,
  });
  return headers.filter((_, index) => headers[index - 1]?.toLowerCase() === "user-agent");
}

test("one User-Agent is sent: the endpoint's, else the dialect's, else Hookline's", () => {
  assert.deepEqual(userAgents({}), ["Hookline/1"]);
  assert.deepEqual(userAgents({ dialects: "Jakarta" }), ["Jakarta"]);
  assert.deepEqual(userAgents({ dialects: "Jakarta", endpoints: "Mine" }), ["Mine"]);
});
