/**
 * How much of the event loop TLS handshakes may take that an endpoint's own certificates make
 * expensive: a signature with a client key of RSA 4096 takes 2 to 8 ms, and a receiver that keeps
 * no connection asks for one with each delivery. Each application has a budget of milliseconds per
 * second, and all have one together; applications whose handshakes wait start them by turns (I4).
 * Only a few start at once, since their signatures would fall into one round of the loop: fifteen held
 * it for 50 ms on a quiet machine and for 400 ms on a busy one (2026-11). The context of an identity,
 * its certificates and key as OpenSSL holds them, counts with the handshake that makes it.
 * Handshakes without certificates of an endpoint pass.
 */
import type { ConnectDone, Connector, ConnectTarget } from "./connect-types.ts";
import { NetError } from "./outcome.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import type { TlsIdentity } from "./tls-profile.ts";

export type HandshakeLimits = {
  readonly perOwner: BudgetLimits;
  readonly inAll: BudgetLimits;
  readonly waitingPerOwner: number;
};

type BudgetLimits = {
  /** Of the loop's time in a second. */
  readonly perSecondMs: number;
  /** What is left unused is kept up to this. */
  readonly atOnceMs: number;
};

const HANDSHAKE_LIMITS: HandshakeLimits = {
  perOwner: { perSecondMs: 150, atOnceMs: 25 },
  inAll: { perSecondMs: 300, atOnceMs: 50 },
  waitingPerOwner: 256,
};
/** With RSA 4096 it is 0.4 ms, and 2 ms with as many certificates as are allowed. */
const CONTEXT_MS = 2;

type Waiting = { readonly start: () => void };

/** What is left, as of an instant; a handshake may overdraw it, and then it has to fill up again. */
type Budget = { leftMs: number; at: number };

const OWNERS_LIMIT = 1024;
const BUSY =
  "too many TLS handshakes with certificates of this application's endpoints are under way";

export function limitHandshakes(
  connect: Connector,
  contexts: Pick<TlsContexts, "has">,
  limits: HandshakeLimits = HANDSHAKE_LIMITS,
): Connector {
  const inAll: Budget = { leftMs: limits.inAll.atOnceMs, at: performance.now() };
  const budgets = new Map<string, Budget>();
  /** The owner at the front started one the longest time ago. */
  const waiting = new Map<string, Set<Waiting>>();
  let timer: NodeJS.Timeout | undefined;

  function ensureBudget(owner: string): Budget {
    const known = budgets.get(owner);
    if (known !== undefined) return known;
    if (budgets.size >= OWNERS_LIMIT) forgetFull();
    const budget = { leftMs: limits.perOwner.atOnceMs, at: performance.now() };
    budgets.set(owner, budget);
    return budget;
  }

  function forgetFull(): void {
    const now = performance.now();
    for (const [owner, budget] of budgets) {
      const { perOwner } = limits;
      if (refill(budget, perOwner, now) >= perOwner.atOnceMs) budgets.delete(owner);
    }
  }

  /** How long until the owner may start one; 0 is now. */
  function waitMs(owner: string): number {
    const now = performance.now();
    const own = refill(ensureBudget(owner), limits.perOwner, now);
    const all = refill(inAll, limits.inAll, now);
    return Math.max(untilPositive(own, limits.perOwner), untilPositive(all, limits.inAll));
  }

  function start(
    target: ConnectTarget,
    { tls, limitMs }: { readonly tls: TlsIdentity; readonly limitMs: number },
    done: ConnectDone,
  ): (reason: Error) => void {
    const isMade = contexts.has(target.tlsMinVersion, tls);
    const costMs = tls.handshakeMs + (isMade ? 0 : CONTEXT_MS);
    ensureBudget(tls.owner).leftMs -= costMs;
    inAll.leftMs -= costMs;
    return connect(target, limitMs, done);
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
    p: { readonly tls: TlsIdentity; readonly limitMs: number },
    done: ConnectDone,
  ): (reason: Error) => void {
    const { limitMs } = p;
    const { owner } = p.tls;
    const line = waiting.get(owner) ?? new Set();
    if (line.size >= limits.waitingPerOwner) {
      const refusal = setImmediate(done, new NetError("cancelled", BUSY), null);
      return () => clearImmediate(refusal);
    }
    let callOff: (reason: Error) => void = leave;
    const one: Waiting = {
      start() {
        leave();
        callOff = start(target, p, done);
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
    const { secure, tls } = target;
    if (!secure || tls === null) return connect(target, limitMs, done);
    const isLate = waiting.has(tls.owner) || waitMs(tls.owner) > 0;
    return (isLate ? wait : start)(target, { tls, limitMs }, done);
  };
}

function refill(budget: Budget, { perSecondMs, atOnceMs }: BudgetLimits, now: number): number {
  const refilled = budget.leftMs + ((now - budget.at) / 1000) * perSecondMs;
  budget.leftMs = Math.min(atOnceMs, refilled);
  budget.at = now;
  return budget.leftMs;
}

function untilPositive(leftMs: number, { perSecondMs }: BudgetLimits): number {
  return leftMs > 0 ? 0 : ((1 - leftMs) / perSecondMs) * 1000;
}
