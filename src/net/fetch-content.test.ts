import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { test } from "node:test";
import { drip, onRequest, openAnswering, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestSender } from "../../test/net/sender.ts";
import { createContentFetcher } from "./fetch-content.ts";
import type { ContentLimits } from "./fetch-content.ts";

const MIB = 1024 * 1024;
const EMPTY = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

test("gives the content to the byte, with the type that the origin says", async () => {
  const picture = randomBytes(3 * MIB);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${picture.length}\r\n\r\n`;
  await using origin = await openAnswering(Buffer.concat([Buffer.from(head), picture]));
  await using sender = openTestSender();
  const fetchContent = fetcher(sender);
  const content = await fetchContent(`${origin.url}?key=a%20b`);
  assert.ok(content.ok);
  assert.equal(content.contentType, "image/png");
  assert.ok(picture.equals(content.body));
  const [request = ""] = origin.counts.requests;
  assert.match(request, /^GET \/hook\?key=a%20b HTTP\/1\.1\r\n/);
  assert.match(request, /\r\naccept-encoding: identity\r\n/);
  assert.match(request, /\r\nuser-agent: Hookline\/test\r\n/);
  assert.doesNotMatch(request, /content-length|content-type/);
});

test("gives an empty content, and no type where the origin says none", async () => {
  await using origin = await openAnswering(EMPTY);
  await using sender = openTestSender();
  const content = await fetcher(sender)(origin.url);
  assert.ok(content.ok);
  assert.deepEqual([content.contentType, content.body.length], [null, 0]);
});

test("takes 16 MiB and not a byte more", async () => {
  for (const [size, want] of [
    [16 * MIB, "whole"],
    [16 * MIB + 1, "too_large"],
  ] as const) {
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`;
    await using origin = await openAnswering(
      Buffer.concat([Buffer.from(head), Buffer.alloc(size)]),
    );
    await using sender = openTestSender();
    const content = await fetcher(sender)(origin.url);
    assert.equal(content.ok ? "whole" : content.reason, want);
    assert.equal(content.ok ? content.body.length : size, size);
  }
});

type RefusedCase = {
  readonly title: string;
  readonly answer: (socket: Socket) => void;
  readonly limits?: Partial<ContentLimits>;
  readonly want: "too_large" | "unreachable";
};

const REFUSED: readonly RefusedCase[] = [
  {
    title: "an endless body",
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      drip(socket, `4000\r\n${"c".repeat(0x4000)}\r\n`);
    },
    limits: { bodyBytes: 100_000 },
    want: "too_large",
  },
  {
    title: "a body that drips beyond the deadline",
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      drip(socket, "b");
    },
    limits: { deadlineMs: 150 },
    want: "unreachable",
  },
  {
    title: "a body that breaks off",
    answer: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"),
    want: "unreachable",
  },
  {
    title: "silence",
    answer: () => {},
    limits: { deadlineMs: 150 },
    want: "unreachable",
  },
  {
    title: "a page that says it is not there",
    answer: (socket) => socket.write("HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nno"),
    want: "unreachable",
  },
];

for (const { title, answer, limits, want } of REFUSED) {
  test(`calls ${title} ${want}, and leaves no socket under way`, async () => {
    await using origin = await openReceiver((socket, counts) => {
      onRequest(socket, counts, () => answer(socket));
    });
    await using sender = openTestSender();
    const content = await fetcher(sender, limits)(origin.url);
    assert.deepEqual(content, { ok: false, reason: want });
    if (!title.includes("page")) await until(() => origin.openSockets() === 0);
  });
}

test("waits for a body longer than an answer to a delivery is waited for", async () => {
  await using origin = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na");
      setTimeout(() => socket.write("b"), 1100);
    });
  });
  await using sender = openTestSender();
  const content = await fetcher(sender)(origin.url);
  assert.equal(content.ok && Buffer.from(content.body).toString(), "ab");
});

test("follows no redirect", async () => {
  await using other = await openAnswering(EMPTY);
  await using origin = await openAnswering(
    `HTTP/1.1 302 Found\r\nlocation: ${other.url}\r\ncontent-length: 0\r\n\r\n`,
  );
  await using sender = openTestSender();
  assert.deepEqual(await fetcher(sender)(origin.url), { ok: false, reason: "unreachable" });
  assert.equal(other.counts.connections, 0);
});

test("says blocked for what the address policy refuses, and asks nobody", async () => {
  await using origin = await openAnswering(EMPTY);
  await using sender = openTestSender({ allow: "" });
  assert.deepEqual(await fetcher(sender)(origin.url), { ok: false, reason: "blocked" });
  assert.equal(origin.counts.connections, 0);
});

test("says unreachable where nobody listens, and for what is no URL", async () => {
  const origin = await openReceiver(() => {});
  await origin[Symbol.asyncDispose]();
  await using sender = openTestSender();
  const fetchContent = fetcher(sender);
  const unreachable = { ok: false, reason: "unreachable" };
  assert.deepEqual(await fetchContent(origin.url), unreachable);
  assert.deepEqual(await fetchContent("file:///etc/passwd"), unreachable);
});

test("fetches so many at once, lets others wait, and refuses those beyond the line", async () => {
  const asked: Socket[] = [];
  await using origin = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => asked.push(socket));
  });
  await using sender = openTestSender();
  const fetchContent = fetcher(sender, { atOnce: 2, waiting: 1 });
  const contents = [1, 2, 3].map(() => fetchContent(origin.url));
  assert.deepEqual(await fetchContent(origin.url), { ok: false, reason: "unreachable" });
  await until(() => asked.length === 2);
  asked[0]?.write(EMPTY);
  await until(() => asked.length === 3);
  assert.equal(sender.openSockets(), 2);
  for (const socket of asked.slice(1)) socket.write(EMPTY);
  const ends = await Promise.all(contents);
  assert.ok(ends.every(({ ok }) => ok));
  // The places came back.
  const next = fetchContent(origin.url);
  await until(() => asked.length === 4);
  asked[3]?.write(EMPTY);
  assert.ok((await next).ok);
});

test("refuses what waited until its deadline for a place", async () => {
  await using origin = await openReceiver(() => {});
  await using sender = openTestSender();
  const fetchContent = fetcher(sender, { atOnce: 1, deadlineMs: 150 });
  const ends = await Promise.all([fetchContent(origin.url), fetchContent(origin.url)]);
  assert.ok(ends.every((end) => !end.ok && end.reason === "unreachable"));
  assert.ok(origin.counts.connections <= 1);
});

function fetcher(sender: ReturnType<typeof openTestSender>, limits: Partial<ContentLimits> = {}) {
  return createContentFetcher({ sender, userAgent: "Hookline/test", limits });
}
