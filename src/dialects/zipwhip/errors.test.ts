import assert from "node:assert/strict";
import { test } from "node:test";
import { REFUSAL_TEXT, startRefusing } from "../../../test/harness/refusing-server.ts";
import { ERROR_CODES } from "../../core/error.ts";
import type { ErrorCode } from "../../core/error.ts";
import { createZipwhip } from "./dialect.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const BUSY: readonly ErrorCode[] = ["rate_limited", "overloaded", "store_unavailable"];

for (const zipwhipErrorStatus of ["200", "http"] as const) {
  test(`every refusal has success false and a text in response (status ${zipwhipErrorStatus})`, async () => {
    const dialect = createZipwhip({ zipwhipErrorStatus, zipwhipUserAgent: "hookline" });
    await using server = await startRefusing(dialect);
    for (const code of CODES) {
      const { response, text } = await server.refuse(code);
      assert.equal(response.status, dialect.errors[code].status, code);
      const isFine = zipwhipErrorStatus === "200" && code !== "unauthenticated";
      assert.equal(response.status === 200, isFine, code);
      assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
      const body = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(Object.keys(body), ["success", "response"]);
      assert.equal(body["success"], false);
      const shown = String(body["response"]);
      if (code === "internal") assert.match(shown, / The request id is req_\w{27}\.$/);
      else assert.equal(shown, REFUSAL_TEXT);
      assert.equal(response.headers.get("retry-after"), BUSY.includes(code) ? "5" : null, code);
    }
  });
}
