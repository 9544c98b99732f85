/**
 * Malformed bodies and headers in all dialects are refused, or stored as the plain values that they are. None
 * causes an internal error or affects a client that publishes at the same time (I5).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHealthyClient } from "../harness/healthy-client.ts";
import type { HealthyClient } from "../harness/healthy-client.ts";
import { call, startServer, temporaryFolder, TOKEN } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";

type Door = { readonly path: string; readonly headers: Readonly<Record<string, string>> };

const MIB = 1024 * 1024;
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const event = (payload: string) => `{"eventType":"bad.input","payload":${payload}}`;

/** Bodies that every call refuses. */
const REFUSED: readonly (readonly [name: string, body: string | Uint8Array<ArrayBuffer>])[] = [
  ["nothing but whitespace", " \n "],
  ["half a document", '{"eventType":'],
  ["a bare word", "undefined"],
  ["a list of lists 1,000 deep", nested(1000)],
  ["a list of lists 100,000 deep", nested(100_000)],
  ["objects 1,000 deep", event('{"a":'.repeat(1000) + "1" + "}".repeat(1000))],
  ["objects 100,000 deep", event('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000))],
  ["more than 1 MiB", event(`{"x":"${"x".repeat(MIB)}"}`)],
  ["8 MiB of spaces", " ".repeat(8 * MIB)],
  [
    "invalid UTF-8",
    Uint8Array.from(Buffer.from('{"eventType":"\xff\xfe","payload":{}}', "latin1")),
  ],
  ["UTF-16", Uint8Array.from(Buffer.from(event("{}"), "utf16le"))],
  ["an overlong encoding of a slash", Uint8Array.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a number beyond every double", event('{"n":1e999}')],
  ["an integer beyond 64 bits", event('{"n":123456789012345678901234567890}')],
  ["a raw NUL inside a text", event('{"x":"a\u0000b"}')],
  ["a raw line break inside a text", event('{"x":"a\nb"}')],
  ["the same members twice, of wrong types", '{"eventType":1,"eventType":2,"payload":3}'],
  ["__proto__ instead of members", '{"__proto__":{"eventType":"a.b","payload":{}}}'],
  ["constructor instead of members", '{"constructor":{"prototype":{"eventType":"a.b"}}}'],
];

/** Unusual payloads that are valid: each is stored unchanged. */
const TAKEN: readonly (readonly [name: string, payload: string])[] = [
  ["__proto__ and constructor", '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}'],
  ["a name twice", '{"a":1,"a":2}'],
  ["an escaped NUL", '{"x":"a\\u0000b"}'],
  ["half a surrogate pair", '{"x":"\\ud800"}'],
  ["the largest integer of 64 bits", '{"n":18446744073709551615}'],
  ["a name of 10,000 characters", `{"${"n".repeat(10_000)}":1}`],
  ["100,000 members", `{${Array.from({ length: 100_000 }, (_, n) => `"${n}":0`).join()}}`],
];

describe("a server that gets malformed bodies", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ServerProcess;
  let healthy: HealthyClient;
  const doors = new Map<string, Door>();

  before(async () => {
    folder = temporaryFolder();
    server = await startServer({
      settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` },
    });
    healthy = await startHealthyClient(server.url);
    const make = async (path: string, body: object) => {
      const answer = await call(server.url, "POST", path, body);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return answer.body as Record<string, string>;
    };
    await make("/app", { name: "Bad", uid: "bad" });
    const chirp = await make("/app/bad/key", { kind: "app" });
    const sendblue = await make("/app/bad/key", { kind: "sendblue" });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    doors.set("svix", { path: "/api/v1/app/bad/msg", headers: bearer(TOKEN) });
    doors.set("a batch", { path: "/api/v1/app/bad/msg/batch", headers: bearer(TOKEN) });
    doors.set("an endpoint", { path: "/api/v1/app/bad/endpoint", headers: bearer(TOKEN) });
    doors.set("chirp", { path: "/v1/webhooks", headers: bearer(String(chirp["key"])) });
    doors.set("sendblue", {
      path: "/api/account/webhooks",
      headers: {
        "sb-api-key-id": String(sendblue["keyId"]),
        "sb-api-secret-key": String(sendblue["keySecret"]),
      },
    });
    doors.set("zipwhip", { path: "/user/login", headers: {} });
  });
  after(async () => {
    await healthy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function send(
    door: Door,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(server.url + door.path, {
      method: "POST",
      headers: { "content-type": "application/json", ...door.headers, ...headers },
      body,
    }).catch((error: unknown) => {
      // The server may close the connection before it has read the whole of a body that is too large.
      if (body.length > 2 * MIB) return new Response("", { status: 413 });
      throw error;
    });
    return { status: response.status, text: await response.text() };
  }

  const requireDoor = (name: string) => doors.get(name) as Door;
  /** Zipwhip reports a refusal in the body. */
  const isRefusal = ({ status, text }: { status: number; text: string }) =>
    (status >= 400 && status < 500) || /"success":\s*false/.test(text);

  for (const name of ["svix", "a batch", "an endpoint", "chirp", "sendblue", "zipwhip"]) {
    test(`${name}: each malformed body is refused with a 4xx`, async () => {
      const before = healthy.taken();
      for (const [what, body] of REFUSED) {
        const answer = await send(requireDoor(name), body);
        assert.ok(isRefusal(answer), `${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
        assert.ok(answer.text.length < 4096, `${what}: ${answer.text.length} bytes of answer`);
      }
      assert.ok(healthy.taken() > before);
    });
  }

  for (const [what, payload] of TAKEN) {
    test(`an event with ${what} is stored unchanged`, async () => {
      const answer = await send(requireDoor("svix"), event(payload));
      assert.equal(answer.status, 202, answer.text.slice(0, 300));
      const { id } = JSON.parse(answer.text) as { id: string };
      const kept = await fetch(`${server.url}/api/v1/app/bad/msg/${id}`, {
        headers: requireDoor("svix").headers,
      });
      assert.ok((await kept.text()).includes(`"payload":${payload}`), "it was changed");
      healthy.taken();
    });
  }

  test("a header value with a line break is refused in every dialect that has custom headers", async () => {
    const bad = ["a\r\nInjected: 1", "a\nInjected: 1", "a\u0000b", "a\rb", "snow ☃"];
    const url = "https://example.com/hook";
    for (const value of bad) {
      const native = { url, headers: { "x-note": value } };
      const chirp = { url, events: ["messages.sms.incoming"], headers: { "x-note": value } };
      for (const [name, body] of [
        ["an endpoint", native],
        ["chirp", chirp],
      ] as const) {
        const answer = await send(requireDoor(name), JSON.stringify(body));
        assert.ok(isRefusal(answer), `${name}: ${JSON.stringify(value)}: ${answer.text}`);
      }
      const names = { url, headers: { [`x${value}`]: "1" } };
      assert.ok(isRefusal(await send(requireDoor("an endpoint"), JSON.stringify(names))));
    }
    const chirpNames = { url, events: ["messages.sms.incoming"], headers: { "x: y\r\nz": "1" } };
    assert.ok(isRefusal(await send(requireDoor("chirp"), JSON.stringify(chirpNames))));
  });

  test("a compressed body is refused before it is decompressed", async () => {
    for (const encoding of ["gzip", "deflate", "br", "zstd", "identity, gzip"]) {
      const answer = await send(requireDoor("svix"), event("{}"), { "content-encoding": encoding });
      assert.equal(answer.status, 415, answer.text);
    }
  });
});
