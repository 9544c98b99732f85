/** The local address that connections leave from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { onRequest, openReceiver } from "../../test/net/receiver.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import { checkLocalAddress } from "./connect/local-address.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

test("connections leave from the chosen local address, and a target of the other family is refused with a reason", async () => {
  const sources: (string | undefined)[] = [];
  await using receiver = await openReceiver((socket, counts) => {
    sources.push(socket.remoteAddress);
    onRequest(socket, counts, () => socket.write(OK));
  });
  await using sender = openTestSender({ allow: "127.0.0.0/8,::1", localAddress: "127.0.0.1" });
  assert.equal((await sender.send(requestTo(receiver.url))).kind, "response");
  assert.deepEqual(sources, ["127.0.0.1"]);
  const other = await sender.send(requestTo(`http://[::1]:${receiver.port}/`));
  assert.ok(other.kind === "failed");
  assert.equal(other.reason, "unreachable");
  assert.match(other.detail, /no address of the IP version/);
});

test("a name is called at an address of the family that connections leave from", async () => {
  await using receiver = await openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(OK));
  });
  await using dns = await openDnsServer((name) =>
    name.startsWith("both") ? { a: ["127.0.0.1"], aaaa: ["::1"] } : { aaaa: ["::1"] },
  );
  await using sender = openTestSender({
    allow: "127.0.0.0/8,::1",
    localAddress: "127.0.0.1",
    servers: [dns.address],
  });
  const both = await sender.send(requestTo(`http://both.example.com:${receiver.port}/`));
  assert.equal(both.kind, "response");
  const six = await sender.send(requestTo(`http://six.example.com:${receiver.port}/`));
  assert.equal(six.kind === "failed" && six.reason, "dns_not_found");
});

test("an address of this machine is distinguished from a foreign one", async () => {
  assert.equal(await checkLocalAddress("127.0.0.1"), null);
  assert.match((await checkLocalAddress("203.0.113.77")) ?? "", /of this machine \(E/);
});
