/** Which handshakes with certificates of endpoints start, and which wait or are called off. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Connector, ConnectTarget } from "./connect-types.ts";
import { limitHandshakes, type HandshakeLimits } from "./handshake-limit.ts";

const LIMITS: HandshakeLimits = { perOwnerMs: 100, inAllMs: 1000, waitingPerOwner: 20 };

/** Time stands still but for `pass`; `started` are the owners whose connections were begun. */
function openLimited(t: TestContext, limits: Partial<HandshakeLimits> = {}) {
  let now = 0;
  t.mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
  t.mock.method(performance, "now", () => now);
  const started: string[] = [];
  const ended: (string | null)[] = [];
  const connect: Connector = (target) => {
    started.push(target.tls?.owner ?? "none");
    return () => ended.push("called off");
  };
  const limited = limitHandshakes(connect, { ...LIMITS, ...limits });
  return {
    started,
    ended,
    connect: (owner: string | null, handshakeMs = 10, limitMs = 3000) => {
      const certificates = { clientCert: null, clientKey: null, ca: null, name: "" };
      const tls = owner === null ? null : { ...certificates, owner, handshakeMs };
      const target: ConnectTarget = {
        secure: true,
        tlsMinVersion: "1.2",
        host: "x.example",
        port: 443,
        tls,
      };
      return limited(target, limitMs, (error) => ended.push(error?.message ?? null));
    },
    pass(ms: number) {
      // In steps, since a timer may set the next one.
      for (let step = 0; step < ms; step += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
    /** Time passes and no timer fires, as while the event loop is held. */
    hold: (ms: number) => void (now += ms),
    count: (owner: string) => started.filter((one) => one === owner).length,
  };
}

test("an application's handshakes take no more of the loop than its budget, and none is lost", (t) => {
  const { connect, pass, count } = openLimited(t);
  for (let n = 0; n < 20; n += 1) connect("a");
  assert.equal(count("a"), 10, "100 ms at once");
  pass(500);
  assert.ok(count("a") >= 14 && count("a") <= 15, `${count("a")} after half a second`);
  pass(1000);
  assert.equal(count("a"), 20);
});

test("a handshake that comes when the budget is back starts behind those that wait", (t) => {
  const { connect, pass, hold, count } = openLimited(t);
  for (let n = 0; n < 11; n += 1) connect("a");
  hold(1000);
  connect("a");
  assert.equal(count("a"), 10);
  pass(50);
  assert.equal(count("a"), 12);
});

test("an application that waits keeps no other waiting, nor what has no certificates", (t) => {
  const { connect, started } = openLimited(t);
  for (let n = 0; n < 20; n += 1) connect("a");
  connect("b");
  connect(null);
  assert.deepEqual(started.slice(10), ["b", "none"]);
});

test("when all together use the budget they start by turns", (t) => {
  const { connect, pass, started } = openLimited(t, { inAllMs: 50 });
  for (let n = 0; n < 5; n += 1) connect("x");
  for (let n = 0; n < 3; n += 1) connect("a");
  connect("b");
  pass(1000);
  assert.deepEqual(started.slice(5), ["a", "b", "a", "a"]);
});

test("a wait ends by its limit, by being called off, or at once where too many wait", (t) => {
  const { connect, pass, started, ended } = openLimited(t, { perOwnerMs: 1, waitingPerOwner: 2 });
  connect("a", 1000);
  connect("a", 10, 500);
  const callOff = connect("a");
  connect("a");
  pass(1);
  assert.deepEqual(ended.length, 1);
  assert.match(ended[0] ?? "", /^too many TLS handshakes/);
  callOff(new Error("not wanted"));
  pass(500);
  assert.equal(ended.length, 2);
  pass(10_000);
  assert.equal(ended.length, 2, "what was called off ends silently");
  assert.deepEqual(started, ["a"]);
});

test("a connection that has started is called off through the connector", (t) => {
  const { connect, ended } = openLimited(t);
  connect("a")(new Error("not wanted"));
  assert.deepEqual(ended, ["called off"]);
});
