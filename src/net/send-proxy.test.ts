/** The operator's proxy: it resolves names, literals are checked here, and deadlines hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openConnectProxy, openSocksProxy } from "../../test/net/proxies.ts";
import type { ProxyOptions } from "../../test/net/proxies.ts";
import { openAnswering, openReceiver, until } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import { KEEPING, openTlsReceiver, skipWithoutOpenssl } from "../../test/net/tls-receiver.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const LOGIN = "ursula:s3cret";

const KINDS = [
  { kind: "CONNECT", open: openConnectProxy },
  { kind: "SOCKS5", open: openSocksProxy },
] as const;

for (const { kind, open } of KINDS) {
  test(`a name that only the proxy knows is reached through ${kind}, and the connection is kept`, async () => {
    await using receiver = await openAnswering(OK);
    await using proxy = await open();
    await using sender = openTestSender({ allow: "", proxy: proxy.url });
    const url = `http://hook.example.com:${receiver.port}/a`;
    for (let count = 0; count < 3; count += 1) {
      const outcome = await sender.send(requestTo(url));
      assert.equal(outcome.kind === "failed" ? outcome.operatorHint : outcome.body, "ok");
    }
    assert.deepEqual(proxy.asked, [{ host: "hook.example.com", port: receiver.port }]);
    assert.match(receiver.counts.requests[0] ?? "", /^POST \/a HTTP\/1\.1\r\nhost: hook\.example/);
    assert.doesNotMatch(receiver.counts.requests.join(), /proxy/i);
    assert.equal(sender.openSockets(), 1);
  });

  test(
    `the certificate of a target through ${kind} is checked against its name`,
    { skip: skipWithoutOpenssl },
    async () => {
      await using receiver = await openTlsReceiver("hook.example.com", {}, { answer: KEEPING });
      await using proxy = await open();
      await using sender = openTestSender({
        allow: "",
        proxy: proxy.url,
        extraCa: [receiver.cert],
      });
      const send = (host: string) => sender.send(requestTo(`https://${host}:${receiver.port}/`));
      assert.equal((await send("hook.example.com")).kind, "response");
      assert.equal(receiver.sockets[0]?.servername, "hook.example.com");
      const wrong = await send("other.example.com");
      assert.ok(wrong.kind === "failed");
      assert.equal(wrong.reason, "tls");
      assert.match(wrong.detail, /does not cover this host name/);
      await until(() => proxy.openSockets() === 1);
    },
  );

  test(`a ${kind} proxy gets no literal that the policy refuses, and no local name`, async () => {
    await using proxy = await open();
    await using sender = openTestSender({ allow: "127.0.0.1/32", proxy: proxy.url });
    for (const host of ["10.0.0.1", "169.254.169.254", "[::1]", "localhost", "a.internal"]) {
      const outcome = await sender.send(requestTo(`http://${host}:9000/`));
      assert.ok(outcome.kind === "failed");
      assert.equal(outcome.reason, "blocked", host);
    }
    assert.deepEqual(proxy.asked, []);
    assert.equal(proxy.openSockets(), 0);
  });

  test(`a ${kind} proxy gets allowed literals of both families`, async () => {
    await using receiver = await openAnswering(OK);
    await using proxy = await open();
    await using sender = openTestSender({ allow: "127.0.0.1, ::1", proxy: proxy.url });
    for (const host of ["127.0.0.1", "[::1]"]) {
      const outcome = await sender.send(requestTo(`http://${host}:${receiver.port}/`));
      assert.equal(outcome.kind, "response");
    }
    const [four, six] = proxy.asked.map((one) => one.host.replaceAll(":", ""));
    assert.equal(four, "127.0.0.1");
    assert.match(six ?? "", /^0*1$/);
  });

  test(`only the ${kind} proxy gets its credentials`, async () => {
    await using receiver = await openAnswering(OK);
    await using proxy = await open({ credentials: LOGIN });
    await using sender = openTestSender({ allow: "", proxy: proxy.urlWith(LOGIN) });
    const url = `http://hook.example.com:${receiver.port}/`;
    assert.equal((await sender.send(requestTo(url))).kind, "response");
    assert.doesNotMatch(receiver.counts.requests.join(), /authorization|s3cret/i);

    await using refused = openTestSender({ allow: "", proxy: proxy.urlWith("ursula:wrong") });
    const none = openTestSender({ allow: "", proxy: proxy.url });
    for (const one of [refused, none]) {
      const outcome = await one.send(requestTo(url));
      assert.ok(outcome.kind === "failed");
      assert.equal(outcome.reason, "internal", "not the receiver's fault");
      assert.match(outcome.operatorHint ?? "", /credentials/);
      assert.doesNotMatch(JSON.stringify(outcome), /s3cret|wrong|ursula/);
    }
    await none.close();
  });

  for (const phase of ["the proxy's answer", "the target's TLS", "the target's answer"] as const) {
    test(`the deadline through ${kind} holds when ${phase} never comes`, async () => {
      await using receiver = await openReceiver((socket) => socket.resume());
      await using proxy = await open(phase === "the proxy's answer" ? { answer: "" } : {});
      await using sender = openTestSender({ allow: "", proxy: proxy.url });
      const scheme = phase === "the target's TLS" ? "https" : "http";
      const url = `${scheme}://hook.example.com:${receiver.port}/`;
      const outcome = await sender.send({ ...requestTo(url), deadlineMs: 150 });
      assert.ok(outcome.kind === "failed");
      assert.equal(outcome.reason, "timeout");
      assert.equal(sender.openSockets(), 0);
      await until(() => proxy.openSockets() === 0 && receiver.openSockets() === 0);
    });

    test(`an attempt through ${kind} that is cancelled before ${phase} closes everything`, async () => {
      const stop = new AbortController();
      await using receiver = await openReceiver((socket) => socket.resume());
      await using proxy = await open(phase === "the proxy's answer" ? { answer: "" } : {});
      await using sender = openTestSender({ allow: "", proxy: proxy.url });
      const scheme = phase === "the target's TLS" ? "https" : "http";
      const url = `${scheme}://hook.example.com:${receiver.port}/`;
      const sending = sender.send({ ...requestTo(url), signal: stop.signal });
      await until(() => proxy.asked.length === 1);
      stop.abort();
      const outcome = await sending;
      assert.equal(outcome.kind === "failed" && outcome.reason, "cancelled");
      await until(() => proxy.openSockets() === 0 && receiver.openSockets() === 0);
    });
  }

  test(`a target that speaks before it is asked, through ${kind}, is not a receiver`, async () => {
    await using receiver = await openAnswering(OK);
    await using proxy = await open({ prefix: OK });
    await using sender = openTestSender({ allow: "", proxy: proxy.url });
    const outcome = await sender.send(requestTo(`http://hook.example.com:${receiver.port}/`));
    assert.equal(outcome.kind === "failed" && outcome.reason, "protocol");
  });

  test(`an unreachable ${kind} proxy is a fault of the server`, async () => {
    const proxy = await open();
    await proxy[Symbol.asyncDispose]();
    await using sender = openTestSender({ allow: "", proxy: proxy.url });
    const outcome = await sender.send(requestTo("http://hook.example.com/"));
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, "internal");
    assert.match(outcome.operatorHint ?? "", /egress proxy cannot be reached/);
  });
}

const PROXY_ANSWERS: readonly (readonly [
  kind: 0 | 1,
  says: string,
  answer: NonNullable<ProxyOptions["answer"]>,
  reason: string,
])[] = [
  [0, "403", "HTTP/1.1 403 No\r\n\r\n", "blocked"],
  [0, "407 without a challenge", "HTTP/1.1 407 No\r\n\r\n", "blocked"],
  [0, "502", "HTTP/1.1 502 No\r\n\r\n", "unreachable"],
  [0, "504", "HTTP/1.0 504 No\r\n\r\n", "timeout"],
  [0, "a redirect", "HTTP/1.1 302 No\r\nlocation: http://10.0.0.1/\r\n\r\n", "unreachable"],
  [0, "something else", "SSH-2.0-x\r\n\r\n", "internal"],
  [0, "headers without end", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(5000)}`, "internal"],
  [1, "2, not allowed", Uint8Array.of(5, 2, 0, 1, 0, 0, 0, 0, 0, 0), "blocked"],
  [1, "4, no host", Uint8Array.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0), "unreachable"],
  [1, "5, refused", Uint8Array.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0), "refused"],
  [1, "6, expired", Uint8Array.of(5, 6, 0, 1, 0, 0, 0, 0, 0, 0), "timeout"],
  [1, "something else", "HTTP/1.1 400 Bad Request\r\n\r\n", "internal"],
];

for (const [kind, says, answer, reason] of PROXY_ANSWERS) {
  test(`an attempt ends with ${reason} when a ${KINDS[kind].kind} proxy answers ${says}`, async () => {
    await using proxy = await KINDS[kind].open({ answer });
    await using sender = openTestSender({ allow: "", proxy: proxy.url });
    const outcome = await sender.send(requestTo("http://hook.example.com/"));
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, reason);
    assert.doesNotMatch(outcome.detail, /CONNECT|SOCKS|127\.0/);
    assert.equal(sender.openSockets(), 0);
  });
}
