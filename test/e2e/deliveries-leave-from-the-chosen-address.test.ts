/** HOOKLINE_EGRESS_ADDRESS: the source address that a receiver sees, and the error for an invalid value. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../harness/native-api.ts";
import { openReceiver, onRequest, until } from "../net/receiver.ts";
import { AppError } from "../../src/core/error.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const onLinux = process.platform === "linux" ? false : "all of 127.0.0.0/8 is loopback on Linux";

for (const address of ["127.0.0.9", ""]) {
  test(`deliveries leave from ${address || "the system's choice"}`, { skip: onLinux }, async () => {
    const sources: (string | undefined)[] = [];
    await using receiver = await openReceiver((socket, counts) => {
      sources.push(socket.remoteAddress);
      onRequest(socket, counts, () => socket.write(OK));
    });
    await using api = await startNativeApi({ HOOKLINE_EGRESS_ADDRESS: address });
    await api.svix.application.create({ name: "a", uid: "a" });
    await api.svix.endpoint.create("a", { url: receiver.url });
    await api.svix.message.create("a", { eventType: "a.b", payload: {} });
    await until(() => receiver.counts.requests.length === 1);
    assert.deepEqual(sources, [address || "127.0.0.1"]);
  });
}

test("an address that this machine does not have stops the start, and the message names the setting", async () => {
  // An address reserved for documentation. The program only tries to bind it.
  for (const address of ["203.0.113.77", "2001:db8::77"]) {
    await assert.rejects(startNativeApi({ HOOKLINE_EGRESS_ADDRESS: address }), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.match(error.message, /^HOOKLINE_EGRESS_ADDRESS is "[^"]+": it must be an address of/);
      assert.ok(error.message.includes(address));
      return true;
    });
  }
});

test("a value that is not an address is refused with the other settings", async () => {
  await assert.rejects(
    startNativeApi({ HOOKLINE_EGRESS_ADDRESS: "eth0" }),
    /HOOKLINE_EGRESS_ADDRESS is "eth0": it must be an IPv4 or IPv6 address/,
  );
});
