/** Every documented call exists, and its example is accepted. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../test/harness/native-api.ts";
import { openZipwhipLine, zipwhipFetch } from "../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../test/harness/zipwhip-line.ts";
import { MESSAGE_STATUSES } from "../../core/messages/message-status.ts";
import { stringifyJson } from "../../core/json/json.ts";
import { checkWith } from "../check-schema.ts";
import { DOCUMENT } from "./document.ts";
import { STATUS_CODES } from "./webhooks/status-codes.ts";

let api: NativeApi;
let line: ZipwhipLine;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  const app = (await api.svix.application.create({ name: "Document" })).id;
  line = await openZipwhipLine(api, { app, number: "+12065550100" });
});
after(() => api[Symbol.asyncDispose]());

describe("the example of", () => {
  for (const call of DOCUMENT.calls) {
    test(`${call.path} matches its schema, and the call accepts it`, async () => {
      const fields = call.example?.fields ?? {};
      if (call.fields !== undefined) checkWith(call.fields)(fields);
      for (const method of call.methods) {
        const query = method === "POST" ? "" : `&${toForm(fields)}`;
        const { body, text } = await zipwhipFetch(
          `${api.url}${call.path}?session=${line.session}${query}`,
          {
            method,
            ...(method === "POST" ? { body: stringifyJson(fields) } : {}),
          },
        );
        // The objects and the user in the examples do not exist.
        if (!body.success) assert.match(text, /There is no|is wrong|"Invalid session/, text);
      }
    });
  }
});

function toForm(fields: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [name, String(value)] as [string, string]),
  ).toString();
}

test("every code that a message can have is in the table, in the schema and in the text", () => {
  const codes: readonly number[] = STATUS_CODES.map(({ code }) => code);
  const known = Object.values(MESSAGE_STATUSES).map(({ zipwhipCode }) => zipwhipCode);
  assert.deepEqual(new Set(codes), new Set(known.filter((code) => code !== null)));
  for (const code of codes) assert.ok(DOCUMENT.description.includes(`| ${code} | `));
});
