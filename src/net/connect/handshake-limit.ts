/**
 * Limits the event-loop time of TLS handshakes with an endpoint's certificates, which are expensive. A
 * signature with a client key of RSA 4096 takes 2 to 8 ms. A receiver that keeps no connection needs one for
 * each delivery. Each application has a budget of milliseconds per second, and there is a budget for all
 * together. Applications whose handshakes wait start them in turn (I4). Only a few start at once, since their
 * signatures would fall into one round of the loop: fifteen held it for 50 ms on a quiet machine and for 400
 * ms on a busy one (2026-11). The context of an identity, its certificates and key in OpenSSL's form, counts
 * with the handshake that makes it. Handshakes without an endpoint's certificates are not limited.
 */
import { LIMITS } from "../../core/limits.ts";
import type { ConnectDone, Connector, ConnectTarget, ConnectTrace } from "./connect-types.ts";
import { NetError } from "../outcome.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import type { TlsIdentity } from "./tls-profile.ts";

export type HandshakeLimits = {
  readonly perOwner: BudgetLimits;
  readonly inAll: BudgetLimits;
  readonly waitingPerOwner: number;
};

type BudgetLimits = {
  /** Event-loop time per second. */
  readonly perSecondMs: number;
  /** Unused time is saved up to this amount. */
  readonly atOnceMs: number;
};

const HANDSHAKE_LIMITS = {
  perOwner: { perSecondMs: LIMITS.handshakeTime.value, atOnceMs: 25 },
  inAll: { perSecondMs: LIMITS.handshakeTimeInAll.value, atOnceMs: 50 },
  waitingPerOwner: 256,
} satisfies HandshakeLimits;
/** Cost of making a context: 0.4 ms with RSA 4096, and 2 ms with the maximum number of certificates. */
const CONTEXT_MS = 2;

type Start = {
  readonly tls: TlsIdentity;
  readonly limitMs: number;
  readonly trace: ConnectTrace | undefined;
};

type Waiting = { readonly start: () => void };

/** The remaining time at an instant. A handshake may overdraw it; then it has to be refilled first. */
type Budget = { leftMs: number; at: number };

const OWNERS_LIMIT = 1024;
const BUSY = "too many TLS handshakes with this application's certificates are in progress";

/** The part of one of several senders of a node. Each is on a thread, so the time at once is not divided. */
export function divideHandshakes(senders: number): HandshakeLimits {
  const { perOwner, inAll, waitingPerOwner } = HANDSHAKE_LIMITS;
  return {
    perOwner: { ...perOwner, perSecondMs: perOwner.perSecondMs / senders },
    inAll: { ...inAll, perSecondMs: inAll.perSecondMs / senders },
    waitingPerOwner: Math.ceil(waitingPerOwner / senders),
  };
}

export function limitHandshakes(
  connect: Connector,
  contexts: Pick<TlsContexts, "has">,
  limits: HandshakeLimits = HANDSHAKE_LIMITS,
): Connector {
  const inAll: Budget = { leftMs: limits.inAll.atOnceMs, at: performance.now() };
  const budgets = new Map<string, Budget>();
  /** The owner at the front has waited longest since its last start. */
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

  /** Returns how long until the owner may start one; 0 means now. */
  function waitMs(owner: string): number {
    const now = performance.now();
    const own = refill(ensureBudget(owner), limits.perOwner, now);
    const all = refill(inAll, limits.inAll, now);
    return Math.max(untilPositive(own, limits.perOwner), untilPositive(all, limits.inAll));
  }

  function start(
    target: ConnectTarget,
    { tls, limitMs, trace }: Start,
    done: ConnectDone,
  ): (reason: Error) => void {
    const isMade = contexts.has(target.tlsMinVersion, tls);
    const costMs = tls.handshakeMs + (isMade ? 0 : CONTEXT_MS);
    ensureBudget(tls.owner).leftMs -= costMs;
    inAll.leftMs -= costMs;
    return connect(target, limitMs, done, trace);
  }

  function startWaiting(): void {
    timer = undefined;
    let soonestMs = Infinity;
    // A copy is needed, since an owner that started one moves to the back.
    for (const [owner, queue] of Array.from(waiting)) {
      const [next] = queue;
      const ms = waitMs(owner);
      if (next === undefined || ms > 0) {
        soonestMs = Math.min(soonestMs, ms);
        continue;
      }
      next.start();
      if (waiting.delete(owner)) waiting.set(owner, queue);
      soonestMs = 0;
    }
    if (waiting.size > 0) wakeIn(soonestMs);
  }

  function wakeIn(ms: number): void {
    timer ??= setTimeout(startWaiting, Math.ceil(ms));
  }

  function wait(target: ConnectTarget, p: Start, done: ConnectDone): (reason: Error) => void {
    const { limitMs } = p;
    const { owner } = p.tls;
    const queue = waiting.get(owner) ?? new Set();
    if (queue.size >= limits.waitingPerOwner) {
      const refusal = setImmediate(done, new NetError("cancelled", BUSY), null);
      return () => clearImmediate(refusal);
    }
    let cancelStarted: (reason: Error) => void = leave;
    const one: Waiting = {
      start() {
        leave();
        cancelStarted = start(target, p, done);
      },
    };
    const deadline = setTimeout(() => {
      leave();
      done(new NetError("cancelled", BUSY), null);
    }, limitMs);
    waiting.set(owner, queue.add(one));
    wakeIn(waitMs(owner));

    function leave(): void {
      clearTimeout(deadline);
      queue.delete(one);
      if (queue.size === 0) waiting.delete(owner);
    }
    return (reason) => cancelStarted(reason);
  }

  return (target, limitMs, done, trace) => {
    const { secure, tls } = target;
    if (!secure || tls === null) return connect(target, limitMs, done, trace);
    const isLate = waiting.has(tls.owner) || waitMs(tls.owner) > 0;
    return (isLate ? wait : start)(target, { tls, limitMs, trace }, done);
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
