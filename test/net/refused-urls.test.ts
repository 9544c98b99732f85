/**
 * An endpoint that the policy never allows is refused at its creation, in every dialect, by the text of its
 * URL alone. The cases are those of the policy, so that no dialect accepts a URL that the policy refuses.
 * `test/faults/f18` shows that no DNS query is made.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import cases from "./cases/urls.json" with { type: "json" };
import { startNativeApi } from "../harness/native-api.ts";
import type { NativeApi } from "../harness/native-api.ts";
import { DIALECTS, openHooks } from "./dialect-hooks.ts";
import type { DialectName, Hooks } from "./dialect-hooks.ts";

type UrlCase = { readonly url: string; readonly code?: string; readonly allow?: string };

const REFUSED = (cases as readonly UrlCase[]).filter(
  ({ code, allow, url }) => code !== undefined && allow === undefined && !url.startsWith("http:"),
);

/** The answer of each dialect to an http URL under its default rule. */
const HTTP: Readonly<Record<DialectName, "refused" | "kept" | "upgraded">> = {
  svix: "refused",
  zipwhip: "kept",
  sendblue: "upgraded",
  chirp: "refused",
};

describe("endpoint URLs", () => {
  let api: NativeApi;
  let hooks: Hooks;
  before(async () => {
    api = await startNativeApi({ HOOKLINE_EGRESS_ALLOW: "", HOOKLINE_HTTP_URLS: "dialect" });
    hooks = await openHooks(api);
  });
  after(() => api[Symbol.asyncDispose]());

  for (const dialect of DIALECTS) {
    test(`${dialect} refuses each of ${REFUSED.length} forbidden URLs and creates no endpoint`, async () => {
      const before = await hooks.endpoints();
      for (const { url, code } of REFUSED) {
        const made = await hooks.create(dialect, url);
        assert.equal(made.accepted, false, `${url}: ${made.text}`);
        assert.ok(made.status < 500, `${url}: ${made.status} ${made.text}`);
        if (dialect === "zipwhip") {
          assert.equal(made.status, 200);
          assert.match(made.text, /"success":false/);
        }
        if (code === "blocked_url") assert.match(made.text, /refused by the address policy/, url);
        // The native API is called with the admin token here, and the operator is shown the cause.
        if (dialect !== "svix") {
          assert.doesNotMatch(made.text, /HOOKLINE_|loopback|metadata service|link-local/, url);
        }
      }
      assert.deepEqual(await hooks.endpoints(), before);
    });

    test(`an http URL is ${HTTP[dialect]} by ${dialect}`, async () => {
      const url = `http://hooks.example.com/${dialect}`;
      const made = await hooks.create(dialect, url);
      assert.equal(made.accepted, HTTP[dialect] !== "refused", made.text);
      const stored = (await hooks.endpoints()).filter((one) => one.url.endsWith(`/${dialect}`));
      const kept = HTTP[dialect] === "kept" ? url : url.replace("http:", "https:");
      assert.deepEqual(
        stored.map((one) => one.url),
        HTTP[dialect] === "refused" ? [] : [kept],
      );
    });
  }
});
