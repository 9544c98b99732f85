/** I9: addresses are checked when the connection is made, regardless of an earlier answer of DNS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openReceiver, until } from "../../../test/net/receiver.ts";
import { createEgressPolicy } from "../policy/address-policy.ts";
import type { EgressPolicy } from "../policy/address-policy.ts";
import { createConnector } from "./connector.ts";
import { parseEgressAllow } from "../policy/egress-allow.ts";
import { NetError } from "../outcome.ts";
import { createResolver } from "../policy/resolver.ts";
import type { Resolver } from "../policy/resolver.ts";

const LOOPBACK = toPolicy("127.0.0.0/8");
const NOTHING = toPolicy("");
/** Never called for a literal. */
const resolver = createResolver({ servers: ["127.0.0.1:9"] });

test("a refused literal opens no connection", async () => {
  await using receiver = await openReceiver((socket) => socket.resume());
  const connect = createConnector({ policy: () => NOTHING, resolver });
  const error = await findFailure(connect, "127.0.0.1", receiver.port);
  assert.ok(error instanceof NetError);
  assert.equal(error.reason, "blocked");
  await setImmediate();
  assert.equal(receiver.counts.connections, 0);
});

test("the connected peer is checked again, and a refused one is disconnected before a byte is sent", async () => {
  // Simulates a network stack that connects to another address than the checked one.
  const wandering: Resolver = {
    resolve: () => Promise.resolve({ ok: true, addresses: ["127.0.0.1"] }),
    close: () => {},
  };
  let asked = 0;
  const policies = [LOOPBACK, NOTHING];
  const policy = new Proxy(LOOPBACK, {
    get: (_target, field: keyof EgressPolicy) => {
      if (field === "allow") asked += 1;
      // The first policy checks the name and the first answer; the second checks the peer.
      return (asked <= 2 ? policies[0] : policies[1])?.[field];
    },
  });
  await using receiver = await openReceiver((socket) => socket.resume());
  const connect = createConnector({ policy: () => policy, resolver: wandering });
  const error = await findFailure(connect, "hook.example.com", receiver.port);
  assert.ok(error instanceof NetError);
  assert.equal(error.reason, "blocked");
  assert.equal(asked, 3);
  await until(() => receiver.openSockets() === 0);
});

test("a cancelled connect closes its socket and reports nothing more", async () => {
  await using receiver = await openReceiver((socket) => socket.resume());
  const connect = createConnector({ policy: () => LOOPBACK, resolver });
  let calls = 0;
  const target = {
    secure: true,
    tlsMinVersion: "1.2",
    tls: null,
    host: "127.0.0.1",
    port: receiver.port,
  } as const;
  const cancel = connect(target, 60_000, () => (calls += 1));
  await until(() => receiver.counts.connections > 0);
  cancel(new Error("cancelled"));
  await until(() => receiver.openSockets() === 0);
  assert.equal(calls, 0);
});

test("a connect that exceeds its limit ends as a timeout", async () => {
  await using receiver = await openReceiver((socket) => socket.resume());
  const connect = createConnector({ policy: () => LOOPBACK, resolver });
  const error = await findFailure(connect, "127.0.0.1", receiver.port, 50);
  assert.ok(error instanceof NetError);
  assert.equal(error.reason, "timeout");
});

function findFailure(
  connect: ReturnType<typeof createConnector>,
  host: string,
  port: number,
  limitMs = 5000,
): Promise<Error | null> {
  return new Promise((resolve) => {
    connect({ secure: true, tlsMinVersion: "1.2", tls: null, host, port }, limitMs, resolve);
  });
}

function toPolicy(text: string) {
  const allow = parseEgressAllow(text);
  assert.ok(allow.ok);
  return createEgressPolicy({ allow: allow.rules });
}
