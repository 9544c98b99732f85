import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { drip, onRequest, openAnswering, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestFetcher } from "../../test/net/sender.ts";
import type { ContentLimits, FetchedContent } from "./fetch-content.ts";

const MIB = 1024 * 1024;
const EMPTY = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const LIMIT = 16 * MIB;

async function readBody(content: FetchedContent): Promise<Buffer> {
  assert.ok(content.ok, JSON.stringify(content));
  return await buffer(content.body);
}

test("the content arrives byte for byte, with the size that the origin announced", async () => {
  const picture = randomBytes(3 * MIB);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${picture.length}\r\n\r\n`;
  await using origin = await openAnswering(Buffer.concat([Buffer.from(head), picture]));
  using fetcher = openTestFetcher();
  const content = await fetcher.fetch(`${origin.url}?key=a%20b`);
  assert.equal(content.ok && content.sizeBytes, picture.length);
  assert.ok(picture.equals(await readBody(content)));
  const [request = ""] = origin.counts.requests;
  assert.match(request, /^GET \/hook\?key=a%20b HTTP\/1\.1\r\n/);
  assert.match(request, /\r\nhost: 127\.0\.0\.1:\d+\r\n/);
  assert.match(request, /\r\naccept-encoding: identity\r\n/);
  assert.match(request, /\r\nuser-agent: Hookline\/test\r\n/);
  assert.doesNotMatch(request, /content-length|content-type/);
  await until(() => origin.openSockets() === 0);
});

test("empty content and content of unknown size are returned", async () => {
  using fetcher = openTestFetcher();
  await using empty = await openAnswering(EMPTY);
  assert.equal((await readBody(await fetcher.fetch(empty.url))).length, 0);
  await using chunked = await openAnswering(
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
  );
  const content = await fetcher.fetch(chunked.url);
  assert.equal(content.ok && content.sizeBytes, null);
  assert.equal((await readBody(content)).toString(), "ab");
});

test("16 MiB are accepted; one byte more is refused if announced and cut off if not", async () => {
  using fetcher = openTestFetcher();
  const get = async (head: string, size: number) => {
    const start = Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n`);
    await using origin = await openReceiver((socket, counts) => {
      onRequest(socket, counts, () => socket.end(Buffer.concat([start, Buffer.alloc(size)])));
    });
    const content = await fetcher.fetch(origin.url);
    return content.ok ? await buffer(content.body).catch(String) : content.reason;
  };
  assert.equal((await get(`content-length: ${LIMIT}\r\n`, LIMIT)).length, LIMIT);
  assert.equal(await get(`content-length: ${LIMIT + 1}\r\n`, LIMIT + 1), "too_large");
  assert.equal(await get("", LIMIT + 1), "Error: the content is too large");
});

test("the origin is read no faster than the reader takes", async () => {
  let origin: Socket | undefined;
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      origin = socket;
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const block = Buffer.alloc(MIB);
      // Until the buffers of both kernels are full.
      while (socket.writableLength < 8 * MIB && socket.bytesWritten < 64 * MIB) socket.write(block);
    });
  });
  using fetcher = openTestFetcher({ limits: { bodyBytes: 64 * MIB } });
  const content = await fetcher.fetch(receiver.url);
  assert.ok(content.ok);
  const { body } = content;
  body.once("error", () => undefined);
  body.read(0);
  const flushed = () => (origin?.bytesWritten ?? 0) - (origin?.writableLength ?? 0);
  let before = -1;
  await until(() => {
    const isStill = before === flushed();
    before = flushed();
    return isStill;
  });
  assert.ok(body.readableLength < MIB, `${body.readableLength} bytes are held`);
  assert.ok((origin?.writableLength ?? 0) > 0, "the origin waits");
  body.destroy();
  await until(() => receiver.openSockets() === 0);
});

test("a download ends with its client while connecting, waiting for headers, or streaming", async () => {
  using fetcher = openTestFetcher();
  await using silent = await openReceiver((socket, counts) => onRequest(socket, counts, () => {}));
  const waiting = new AbortController();
  const fetched = fetcher.fetch(silent.url, waiting.signal);
  await until(() => silent.counts.requests.length === 1);
  waiting.abort();
  assert.deepEqual(await fetched, { ok: false, reason: "unreachable" });
  await until(() => silent.openSockets() === 0);
  await fetcher.fetch(silent.url, waiting.signal);
  assert.equal(silent.counts.requests.length, 1, "a client that is gone already costs no request");

  await using endless = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      drip(socket, "b");
    });
  });
  const streaming = new AbortController();
  const content = await fetcher.fetch(endless.url, streaming.signal);
  assert.ok(content.ok);
  streaming.abort();
  await assert.rejects(buffer(content.body));
  await until(() => endless.openSockets() === 0);
});

type BrokenCase = {
  readonly title: string;
  readonly answer: (socket: Socket) => void;
  readonly limits?: Partial<ContentLimits>;
  readonly want: RegExp;
};

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

const BROKEN: readonly BrokenCase[] = [
  {
    title: "an endless body",
    answer: (socket) => {
      socket.write(CHUNKED);
      drip(socket, `4000\r\n${"c".repeat(0x4000)}\r\n`);
    },
    limits: { bodyBytes: 100_000 },
    want: /too large/,
  },
  {
    title: "a body that drips below the least rate",
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      drip(socket, "b");
    },
    limits: { windowMs: 100 },
    want: /too slow/,
  },
  {
    title: "a body that never ends, at a good rate",
    answer: (socket) => {
      socket.write(CHUNKED);
      drip(socket, `400\r\n${"c".repeat(0x400)}\r\n`);
    },
    limits: { windowMs: 100, windowBytes: 1, windows: 2 },
    want: /took too long/,
  },
  {
    title: "a body that breaks off",
    answer: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"),
    want: /aborted/,
  },
];

for (const { title, answer, limits = {}, want } of BROKEN) {
  test(`${title} is cut off, and leaves no socket`, async () => {
    await using origin = await openReceiver((socket, counts) => {
      onRequest(socket, counts, () => answer(socket));
    });
    using fetcher = openTestFetcher({ limits });
    await assert.rejects(readBody(await fetcher.fetch(origin.url)), want);
    await until(() => origin.openSockets() === 0);
  });
}

const REFUSED: Readonly<Record<string, (socket: Socket) => void>> = {
  silence: () => {},
  "headers that never end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    drip(socket, "a: b\r\n");
  },
  "interim answers without end": (socket) => drip(socket, "HTTP/1.1 102 Wait\r\n\r\n"),
  "no HTTP": (socket) => socket.end("220 mail.example.com\r\n"),
  "an upgrade": (socket) => socket.write("HTTP/1.1 101 Other\r\nupgrade: x\r\n\r\n"),
  "a page that says it is not there": (socket) =>
    socket.write("HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nno"),
};

for (const [title, answer] of Object.entries(REFUSED)) {
  test(`${title} makes content unreachable, and leaves no socket`, async () => {
    await using origin = await openReceiver((socket, counts) => {
      onRequest(socket, counts, () => answer(socket));
    });
    using fetcher = openTestFetcher({ limits: { headersMs: 300 } });
    assert.deepEqual(await fetcher.fetch(origin.url), { ok: false, reason: "unreachable" });
    await until(() => origin.openSockets() === 0);
  });
}

test("no redirect is followed", async () => {
  await using other = await openAnswering(EMPTY);
  await using origin = await openAnswering(
    `HTTP/1.1 302 Found\r\nlocation: ${other.url}\r\ncontent-length: 0\r\n\r\n`,
  );
  using fetcher = openTestFetcher();
  assert.deepEqual(await fetcher.fetch(origin.url), { ok: false, reason: "unreachable" });
  assert.equal(other.counts.connections, 0);
});

test("content that the address policy refuses is reported as blocked, and no request is made", async () => {
  await using origin = await openAnswering(EMPTY);
  using fetcher = openTestFetcher({ allow: "" });
  assert.deepEqual(await fetcher.fetch(origin.url), { ok: false, reason: "blocked" });
  assert.equal(origin.counts.connections, 0);
});

test("content is unreachable where no server listens or the URL is invalid", async () => {
  const origin = await openReceiver(() => {});
  await origin[Symbol.asyncDispose]();
  using fetcher = openTestFetcher();
  const unreachable = { ok: false, reason: "unreachable" };
  assert.deepEqual(await fetcher.fetch(origin.url), unreachable);
  assert.deepEqual(await fetcher.fetch("file:///etc/passwd"), unreachable);
});
