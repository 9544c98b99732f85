/** Receivers that mean ill, or are ill. Every attempt ends by its deadline whatever they do (I5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { drip, onRequest, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";
const DEADLINE_MS = 150;

type HostileCase = {
  readonly title: string;
  /** What happens on a request, or with `onConnect` on a connection. */
  readonly answer: (socket: Socket) => void;
  readonly onConnect?: true;
  readonly want: string;
  readonly body?: string;
};

const CASES: readonly HostileCase[] = [
  { title: "never answers", answer: () => {}, want: "timeout" },
  {
    title: "never reads",
    onConnect: true,
    answer: (socket) => socket.pause(),
    body: "x".repeat(20_000_000),
    want: "timeout",
  },
  {
    title: "drips its status line",
    answer: (socket) => {
      socket.write("HTTP/1.1 200 ");
      drip(socket, "O");
    },
    want: "timeout",
  },
  {
    title: "drips its headers",
    answer: (socket) => {
      socket.write(`${HEAD}x-slow: `);
      drip(socket, "a");
    },
    want: "timeout",
  },
  {
    title: "drips interim answers",
    answer: (socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n"),
    want: "timeout",
  },
  {
    title: "drips its body after the headers",
    answer: (socket) => {
      socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
      drip(socket, "b");
    },
    want: "200 truncated",
  },
  {
    title: "promises a body and stays silent",
    answer: (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\n`),
    want: "200 truncated",
  },
  {
    title: "breaks off its body",
    answer: (socket) => socket.end(`${HEAD}content-length: 5\r\n\r\nab`),
    want: "200 truncated",
  },
  {
    title: "breaks its chunked body",
    answer: (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    want: "200 truncated",
  },
  {
    title: "sends a body without end",
    answer: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      drip(socket, `4000\r\n${"c".repeat(0x4000)}\r\n`);
    },
    want: "200 truncated",
  },
  {
    title: "sends headers without end",
    answer: (socket) => {
      socket.write(HEAD);
      drip(socket, `x-more: ${"d".repeat(4000)}\r\n`);
    },
    want: "headers_too_large",
  },
  { title: "resets", answer: (socket) => socket.resetAndDestroy(), want: "reset" },
  { title: "hangs up", answer: (socket) => socket.end(), want: "reset" },
  {
    title: "hangs up as soon as it is called",
    onConnect: true,
    answer: (socket) => socket.destroy(),
    want: "reset",
  },
  {
    title: "talks nonsense",
    answer: (socket) => socket.write("SSH-2.0-x\r\n\r\n"),
    want: "protocol",
  },
  {
    title: "switches protocols",
    answer: (socket) =>
      socket.write("HTTP/1.1 101 Switch\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    want: "protocol",
  },
  {
    title: "answers once more than it was asked",
    answer: (socket) =>
      socket.write(`${HEAD}content-length: 0\r\n\r\n${HEAD}content-length: 0\r\n\r\n`),
    want: "200",
  },
];

for (const { title, answer, onConnect, want, body } of CASES) {
  test(`ends with ${want} when a receiver ${title}, and leaves no socket behind`, async () => {
    await using receiver = await openReceiver((socket, counts) => {
      if (onConnect === true) return answer(socket);
      onRequest(socket, counts, () => answer(socket));
    });
    await using sender = openTestSender();
    const outcome = await sender.send({
      ...requestTo(receiver.url),
      body: body ?? "{}",
      deadlineMs: DEADLINE_MS,
    });
    assert.equal(describeOutcome(outcome), want);
    if (want !== "200") assert.equal(sender.openSockets(), 0);
  });
}

test("ends with timeout when a receiver never finishes the TLS handshake", async () => {
  await using receiver = await openReceiver((socket) => socket.resume());
  await using sender = openTestSender();
  const url = receiver.url.replace("http:", "https:");
  const outcome = await sender.send({ ...requestTo(url), deadlineMs: DEADLINE_MS });
  assert.equal(describeOutcome(outcome), "timeout");
  await until(() => receiver.openSockets() === 0);
});

test("closes the socket when it is cancelled in the TLS handshake", async () => {
  const stop = new AbortController();
  await using receiver = await openReceiver((socket) => {
    socket.resume();
    stop.abort();
  });
  await using sender = openTestSender();
  const url = receiver.url.replace("http:", "https:");
  const outcome = await sender.send({ ...requestTo(url), signal: stop.signal });
  assert.equal(describeOutcome(outcome), "cancelled");
  await until(() => receiver.openSockets() === 0);
});

test("reads no more of an endless body than it wants", async () => {
  let pump: Socket | undefined;
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      pump = socket;
      const write = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536)));
      };
      socket.on("drain", write);
      socket.write(`${HEAD}connection: close\r\n\r\n`);
      write();
    });
  });
  await using sender = openTestSender();
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(describeOutcome(outcome), "200 truncated");
  assert.equal(outcome.kind === "response" && outcome.body.length, 16_384);
  await until(() => receiver.openSockets() === 0);
  assert.ok((pump?.bytesWritten ?? 0) < 33_554_432, `${pump?.bytesWritten} bytes were taken`);
});

test("ends with tls when a receiver answers a TLS handshake in plain text", async () => {
  await using receiver = await openReceiver((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await using sender = openTestSender();
  const url = receiver.url.replace("http:", "https:");
  assert.equal(describeOutcome(await sender.send(requestTo(url))), "tls");
});

test("ends with timeout when DNS never answers, and holds no socket", async () => {
  await using dns = await openDnsServer(() => ({ silent: true }));
  await using sender = openTestSender({ servers: [dns.address] });
  const outcome = await sender.send({
    ...requestTo("http://dead.example.com/"),
    deadlineMs: DEADLINE_MS,
  });
  assert.equal(describeOutcome(outcome), "timeout");
  assert.equal(sender.openSockets(), 0);
});

test("ends with refused when nobody listens", async () => {
  const receiver = await openReceiver(() => {});
  await receiver[Symbol.asyncDispose]();
  await using sender = openTestSender();
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "refused");
});

test("takes nothing that a receiver said too much for the answer to the next request", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => {
      const answer = `HTTP/1.1 ${counts.requests.length === 1 ? 200 : 201} A\r\ncontent-length: 0\r\n\r\n`;
      socket.write(counts.requests.length === 1 ? answer + answer.replace("200", "299") : answer);
    });
  });
  await using sender = openTestSender();
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "200");
  assert.equal(describeOutcome(await sender.send(requestTo(receiver.url))), "201");
});

test("lets a receiver that hangs change nothing for the others", async () => {
  await using dead = await openReceiver(() => {});
  await using alive = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(`${HEAD}content-length: 0\r\n\r\n`));
  });
  await using sender = openTestSender();
  const hanging = Array.from({ length: 100 }, () =>
    sender.send({ ...requestTo(dead.url), deadlineMs: 60_000 }),
  );
  for (let count = 0; count < 50; count += 1) {
    assert.equal(describeOutcome(await sender.send(requestTo(alive.url))), "200");
  }
  await sender.close();
  const ends = await Promise.all(hanging);
  assert.deepEqual(new Set(ends.map(describeOutcome)), new Set(["cancelled"]));
});

type Ended = Awaited<ReturnType<ReturnType<typeof openTestSender>["send"]>>;

function describeOutcome(outcome: Ended): string {
  if (outcome.kind === "failed") return outcome.reason;
  return outcome.bodyTruncated ? `${outcome.status} truncated` : String(outcome.status);
}
