/**
 * How much of the event loop TLS handshakes may take that an endpoint's own certificates make
 * expensive: a signature with a client key of RSA 4096 takes some 8 ms, and a receiver that keeps
 * no connection asks for one with each delivery. Each application has a budget of milliseconds per
 * second, and all have one together; applications whose handshakes wait start them by turns (I4).
 * Handshakes without certificates of an endpoint pass.
 */
import type { ConnectDone, Connector, ConnectTarget } from "./connect-types.ts";
import { NetError } from "./outcome.ts";

export type HandshakeLimits = {
  /** Of the loop's time in a second. */
  readonly perOwnerMs: number;
  readonly inAllMs: number;
  readonly waitingPerOwner: number;
};

const HANDSHAKE_LIMITS: HandshakeLimits = {
  perOwnerMs: 150,
  inAllMs: 300,
  waitingPerOwner: 256,
};

type Waiting = { readonly costMs: number; readonly start: () => void };

/** What is left, as of an instant; a handshake may overdraw it, and then it has to fill up again. */
type Budget = { leftMs: number; at: number };

const OWNERS_LIMIT = 1024;
const BUSY =
  "too many TLS handshakes with certificates of this application's endpoints are under way";

export function limitHandshakes(
  connect: Connector,
  limits: HandshakeLimits = HANDSHAKE_LIMITS,
): Connector {
  const inAll: Budget = { leftMs: limits.inAllMs, at: performance.now() };
  const budgets = new Map<string, Budget>();
  /** The owner at the front started one the longest time ago. */
  const waiting = new Map<string, Set<Waiting>>();
  let timer: NodeJS.Timeout | undefined;

  function ensureBudget(owner: string): Budget {
    const known = budgets.get(owner);
    if (known !== undefined) return known;
    if (budgets.size >= OWNERS_LIMIT) forgetFull();
    const budget = { leftMs: limits.perOwnerMs, at: performance.now() };
    budgets.set(owner, budget);
    return budget;
  }

  function forgetFull(): void {
    const now = performance.now();
    for (const [owner, budget] of budgets) {
      if (refill(budget, limits.perOwnerMs, now) >= limits.perOwnerMs) budgets.delete(owner);
    }
  }

  /** How long until the owner may start one; 0 is now. */
  function waitMs(owner: string): number {
    const now = performance.now();
    const own = refill(ensureBudget(owner), limits.perOwnerMs, now);
    const all = refill(inAll, limits.inAllMs, now);
    return Math.max(untilPositive(own, limits.perOwnerMs), untilPositive(all, limits.inAllMs));
  }

  function spend(owner: string, costMs: number): void {
    ensureBudget(owner).leftMs -= costMs;
    inAll.leftMs -= costMs;
  }

  function startWaiting(): void {
    timer = undefined;
    let soonestMs = Infinity;
    // A copy, since an owner that started one goes to the back.
    for (const [owner, line] of Array.from(waiting)) {
      const [next] = line;
      const ms = waitMs(owner);
      if (next === undefined || ms > 0) {
        soonestMs = Math.min(soonestMs, ms);
        continue;
      }
      next.start();
      if (waiting.delete(owner)) waiting.set(owner, line);
      soonestMs = 0;
    }
    if (waiting.size > 0) wakeIn(soonestMs);
  }

  function wakeIn(ms: number): void {
    timer ??= setTimeout(startWaiting, Math.ceil(ms));
  }

  function wait(
    target: ConnectTarget,
    p: { readonly owner: string; readonly costMs: number; readonly limitMs: number },
    done: ConnectDone,
  ): (reason: Error) => void {
    const { owner, costMs, limitMs } = p;
    const line = waiting.get(owner) ?? new Set();
    if (line.size >= limits.waitingPerOwner) {
      const refusal = setImmediate(done, new NetError("cancelled", BUSY), null);
      return () => clearImmediate(refusal);
    }
    let callOff: (reason: Error) => void = leave;
    const one: Waiting = {
      costMs,
      start() {
        leave();
        spend(owner, costMs);
        callOff = connect(target, limitMs, done);
      },
    };
    const deadline = setTimeout(() => {
      leave();
      done(new NetError("cancelled", BUSY), null);
    }, limitMs);
    waiting.set(owner, line.add(one));
    wakeIn(waitMs(owner));

    function leave(): void {
      clearTimeout(deadline);
      line.delete(one);
      if (line.size === 0) waiting.delete(owner);
    }
    return (reason) => callOff(reason);
  }

  return (target, limitMs, done) => {
    if (!target.secure || target.tls === null) return connect(target, limitMs, done);
    const { owner, handshakeMs: costMs } = target.tls;
    if (waiting.has(owner) || waitMs(owner) > 0)
      return wait(target, { owner, costMs, limitMs }, done);
    spend(owner, costMs);
    return connect(target, limitMs, done);
  };
}

function refill(budget: Budget, perSecondMs: number, now: number): number {
  const refilled = budget.leftMs + ((now - budget.at) / 1000) * perSecondMs;
  budget.leftMs = Math.min(perSecondMs, refilled);
  budget.at = now;
  return budget.leftMs;
}

function untilPositive(leftMs: number, perSecondMs: number): number {
  return leftMs > 0 ? 0 : ((1 - leftMs) / perSecondMs) * 1000;
}
