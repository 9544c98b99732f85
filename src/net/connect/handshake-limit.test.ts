/** TLS handshakes with client certificates: which start, which wait and which are cancelled. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Connector, ConnectTarget } from "./connect-types.ts";
import { divideHandshakes, limitHandshakes, type HandshakeLimits } from "./handshake-limit.ts";
import type { TlsContexts } from "./tls-contexts.ts";

const LIMITS: HandshakeLimits = {
  perOwner: { perSecondMs: 100, atOnceMs: 100 },
  inAll: { perSecondMs: 1000, atOnceMs: 1000 },
  waitingPerOwner: 20,
};

/** The name of an identity whose context was made before. */
const MADE = "made";

/** Time moves only by `pass`; `started` has the owners whose connections were started. */
function openLimited(t: TestContext, limits: Partial<HandshakeLimits> = {}) {
  let now = 0;
  t.mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
  t.mock.method(performance, "now", () => now);
  const started: string[] = [];
  const ended: (string | null)[] = [];
  const connect: Connector = (target) => {
    started.push(target.tls?.owner ?? "none");
    made.add(target.tls?.name ?? MADE);
    return () => ended.push("cancelled");
  };
  const made = new Set([MADE]);
  const contexts: Pick<TlsContexts, "has"> = {
    has: (_version, identity) => made.has(identity?.name ?? MADE),
  };
  const limited = limitHandshakes(connect, contexts, { ...LIMITS, ...limits });
  return {
    started,
    ended,
    connect: (owner: string | null, handshakeMs = 10, limitMs = 3000, name = MADE) => {
      const certificates = { clientCert: null, clientKey: null, ca: null, name };
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
      // Time moves in steps, since a timer may set the next one.
      for (let step = 0; step < ms; step += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
    /** Moves time without firing a timer, as when the event loop is blocked. */
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

test("a handshake that arrives when the budget is refilled starts behind the waiting ones", (t) => {
  const { connect, pass, hold, count } = openLimited(t);
  for (let n = 0; n < 11; n += 1) connect("a");
  hold(1000);
  connect("a");
  assert.equal(count("a"), 10);
  pass(50);
  assert.equal(count("a"), 12);
});

test("only a few handshakes start at once, however long the budget was unused", (t) => {
  const perOwner = { perSecondMs: 100, atOnceMs: 25 };
  const { connect, pass, count } = openLimited(t, { perOwner });
  pass(60_000);
  for (let n = 0; n < 20; n += 1) connect("a");
  assert.equal(count("a"), 3, "25 ms at once");
  pass(100);
  assert.equal(count("a"), 4, "then one for each 100 ms");
  pass(1000);
  assert.ok(count("a") >= 13 && count("a") <= 14, `${count("a")} after 1.1 seconds`);
});

test("handshakes of several applications start at once only within the total budget", (t) => {
  const inAll = { perSecondMs: 1000, atOnceMs: 25 };
  const { connect, pass, started } = openLimited(t, { inAll });
  for (const owner of ["a", "b", "c", "d", "e"]) connect(owner);
  assert.deepEqual(started, ["a", "b", "c"]);
  pass(20);
  assert.deepEqual(started, ["a", "b", "c", "d", "e"]);
});

test("the context of an identity counts with the handshake that makes it", (t) => {
  const { connect, pass, count } = openLimited(t);
  for (let n = 0; n < 20; n += 1) connect("same", 10, 3000, "identity");
  assert.equal(count("same"), 10, "12 ms, then 10 ms each, of 100 ms");
  for (let n = 0; n < 20; n += 1) connect("own", 10, 3000, `identity ${n}`);
  assert.equal(count("own"), 9, "12 ms each, of 100 ms");
  pass(1000);
  assert.ok(count("same") >= 19, `${count("same")} with one identity`);
  assert.ok(count("own") >= 16 && count("own") <= 17, `${count("own")} with new identities`);
});

test("a waiting application delays neither other applications nor connections without certificates", (t) => {
  const { connect, started } = openLimited(t);
  for (let n = 0; n < 20; n += 1) connect("a");
  connect("b");
  connect(null);
  assert.deepEqual(started.slice(10), ["b", "none"]);
});

test("applications that together use up the budget start in turn", (t) => {
  const { connect, pass, started } = openLimited(t, {
    inAll: { perSecondMs: 50, atOnceMs: 50 },
  });
  for (let n = 0; n < 5; n += 1) connect("x");
  for (let n = 0; n < 3; n += 1) connect("a");
  connect("b");
  pass(1000);
  assert.deepEqual(started.slice(5), ["a", "b", "a", "a"]);
});

test("a wait ends at its limit, by cancellation, or at once when too many wait", (t) => {
  const { connect, pass, started, ended } = openLimited(t, {
    perOwner: { perSecondMs: 1, atOnceMs: 1 },
    waitingPerOwner: 2,
  });
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
  assert.equal(ended.length, 2, "a cancelled handshake ends silently");
  assert.deepEqual(started, ["a"]);
});

test("a started connection is cancelled through the connector", (t) => {
  const { connect, ended } = openLimited(t);
  connect("a")(new Error("not wanted"));
  assert.deepEqual(ended, ["cancelled"]);
});

test("two senders of a node start no more handshakes in a minute than one, beyond a saved second", (t) => {
  const count = (limits: HandshakeLimits): number => {
    t.mock.reset();
    const { connect, pass, count: started } = openLimited(t, limits);
    // Each second asks for more than the whole budget of an application.
    for (let second = 0; second < 60; second += 1) {
      for (let n = 0; n < 200; n += 1) connect("a", 2, 900);
      pass(1000);
    }
    return started("a");
  };
  const whole = count(divideHandshakes(1));
  const half = count(divideHandshakes(2));
  assert.ok(whole > 1000, `${whole} by one sender`);
  assert.ok(half >= whole / 2 && 2 * half <= whole + 25, `${half} by each of two, ${whole} by one`);
});
