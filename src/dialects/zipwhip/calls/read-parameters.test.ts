/** The parameters of a request, in every place and every notation. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { AppError } from "../../../core/error.ts";
import { parameterReader, repairedNumber } from "./read-parameters.ts";

const SCHEMA = Type.Object({
  url: Type.Optional(Type.String({ maxLength: 100, description: "a URL" })),
  method: Type.Optional(Type.Enum(["POST", "GET"])),
  ids: Type.Optional(Type.Array(Type.String({ pattern: "^\\d+$", description: "digits" }))),
});

let app: FastifyInstance;
before(() => {
  const read = parameterReader(SCHEMA);
  app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.route({
    method: ["GET", "POST"],
    url: "/",
    handler: async (request) => {
      const { session, check } = await read(request);
      return { session, ...check() };
    },
  });
  app.setErrorHandler((error, _request, reply) => {
    assert.ok(error instanceof AppError, String(error));
    return reply.code(400).send({ code: error.code, message: error.message });
  });
});
after(() => app.close());

type Sent = {
  readonly query?: string;
  readonly type?: string | null;
  readonly body?: string | Buffer;
};

async function send({ query = "", type = null, body }: Sent): Promise<Record<string, unknown>> {
  const response = await app.inject({
    method: body === undefined ? "GET" : "POST",
    url: `/${query}`,
    headers: type === null ? {} : { "content-type": type },
    ...(body === undefined ? {} : { payload: body }),
  });
  return response.json();
}

const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data; boundary=x";

function multipart(...parts: readonly string[]): string {
  return `${parts.map((webhookIndex) => `--x\r\ncontent-disposition: form-data; ${webhookIndex}\r\n`).join("")}--x--\r\n`;
}

describe("are read", () => {
  const cases: readonly [name: string, sent: Sent, read: Record<string, unknown>][] = [
    ["none at all", {}, { session: null }],
    ["from the query", { query: "?session=a%3A1&url=b" }, { session: "a:1", url: "b" }],
    [
      "from a form and the query together",
      { query: "?session=a", type: FORM, body: "url=b%26c+d" },
      { session: "a", url: "b&c d" },
    ],
    [
      "from multipart",
      { type: MULTIPART, body: multipart('name="url"\r\n\r\nb', 'name="session"\r\n\r\na') },
      { session: "a", url: "b" },
    ],
    [
      "from JSON, whose numbers are digits and whose null is nothing",
      {
        type: "application/json",
        body: '{"ids":[1327295480212647937,"2"],"url":null,"session":7}',
      },
      { session: "7", ids: ["1327295480212647937", "2"] },
    ],
    [
      "from a JSON body that says it is something like JSON",
      { type: "text/x+json", body: '{"url":"b"}' },
      { session: null, url: "b" },
    ],
    [
      "from a form that says nothing",
      { body: "url=b&method=get" },
      { session: null, url: "b", method: "GET" },
    ],
    ["from JSON that says nothing", { body: ' {"url":"b"}' }, { session: null, url: "b" }],
    [
      "from a form called text",
      { type: "text/plain", body: "url=b\n" },
      { session: null, url: "b" },
    ],
    ["with a listed word in any case", { query: "?method=gEt" }, { session: null, method: "GET" }],
    [
      "as a list: repeated, with commas, as JSON, all mixed",
      { query: "?ids=1&ids=2,3&ids=[4,%225%22]", type: FORM, body: "ids=6" },
      { session: null, ids: ["1", "2", "3", "4", "5", "6"] },
    ],
    [
      "twice when both values are equal",
      { query: "?url=b&url=b", type: FORM, body: "url=b" },
      { session: null, url: "b" },
    ],
    [
      "with names in any case, in the query, a form and JSON",
      { query: "?SESSION=a", body: '{"URL":"b","Ids":[1],"mEthod":"get"}' },
      { session: "a", url: "b", ids: ["1"], method: "GET" },
    ],
    [
      "and an unknown one is ignored, even when repeated",
      { query: "?other=1&other=2&__proto__=a&constructor=b" },
      { session: null },
    ],
  ];
  for (const [name, sent, expected] of cases) {
    test(name, async () => assert.deepEqual(await send(sent), expected));
  }
});

describe("are refused", () => {
  const cases: readonly [name: string, sent: Sent, code: string, message: RegExp][] = [
    [
      "twice and different in one place",
      { query: "?url=a&url=b" },
      "invalid_field",
      /^url is .*2 times/,
    ],
    [
      "twice and different in two spellings of the name",
      { query: "?url=a&URL=b" },
      "invalid_field",
      /^url is .*2 times/,
    ],
    [
      "different in query and body",
      { query: "?session=a", type: FORM, body: "session=b" },
      "invalid_field",
      /^session is given 2 times/,
    ],
    [
      "with a word that is not listed",
      { query: "?method=PATCH" },
      "invalid_field",
      /one of POST, GET/,
    ],
    [
      "as a list that is not JSON",
      { query: "?ids=[1" },
      "invalid_field",
      /^ids begins like a JSON list but is not JSON/,
    ],
    ["as a list in a list", { query: "?ids=[[1]]" }, "invalid_field", /^ids is a list/],
    ["as a list with an empty item", { query: "?ids=" }, "invalid_field", /^ids\[0\] is ""/],
    ["as an object", { body: '{"url":{}}' }, "invalid_field", /^url is an object/],
    ["in a JSON list", { body: "[1]" }, "invalid_field", /JSON object/],
    [
      "in a JSON body that is not JSON",
      { type: "application/json", body: "url=b" },
      "invalid_json",
      /not JSON/,
    ],
    [
      "in a form that is JSON",
      { type: FORM, body: '{"url":"b"}' },
      "unsupported_media_type",
      /use application\/json/,
    ],
    [
      "in a body without a known format",
      { body: "hello" },
      "unsupported_media_type",
      /no content-type/,
    ],
    ["in XML", { type: "text/xml", body: "<a/>" }, "unsupported_media_type", /"text\/xml"/],
    [
      "in a multipart body that is not multipart",
      { type: MULTIPART, body: "url=b" },
      "invalid_field",
      /body is not/,
    ],
    [
      "in multipart without a boundary",
      { type: "multipart/form-data", body: "x" },
      "invalid_field",
      /not/,
    ],
    [
      "in a file",
      { type: MULTIPART, body: multipart('name="url"; filename="a.txt"\r\n\r\nb') },
      "invalid_field",
      /^url is a file/,
    ],
    [
      "in bytes that are no UTF-8",
      { type: FORM, body: Buffer.of(0x61, 0x3d, 0xff) },
      "invalid_encoding",
      /UTF-8/,
    ],
    [
      "in escapes that are no UTF-8",
      { query: "?url=%ff" },
      "invalid_encoding",
      /"url" is not UTF-8/,
    ],
    [
      "in another charset",
      { type: `${FORM}; charset=utf-16`, body: "url=b" },
      "unsupported_media_type",
      /UTF-8/,
    ],
    [
      "beyond 320",
      { query: `?${"a=b&".repeat(321)}` },
      "invalid_field",
      /more than 320 parameters/,
    ],
  ];
  for (const [name, sent, code, message] of cases) {
    test(name, async () => {
      const answer = await send(sent);
      assert.equal(answer["code"], code);
      assert.match(String(answer["message"]), message);
    });
  }
});

test("a space before digits only is read as a plus", () => {
  assert.equal(repairedNumber(" 12065550100"), "+12065550100");
  assert.equal(repairedNumber("ptn:/ 12065550100"), "ptn:/+12065550100");
  for (const other of [
    "12065550100",
    "+12065550100",
    " desk",
    " 123",
    "a 12065550100",
    "  1206555",
  ]) {
    assert.equal(repairedNumber(other), other);
  }
});
