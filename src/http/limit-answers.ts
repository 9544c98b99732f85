/**
 * What answers may cost that their clients do not read: one at a time on each connection, a few
 * reads at a time for each caller, a least pace, and a budget of bytes for each caller and in all.
 * Mounted before everything else.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { PrintedPieces } from "../dialects/print-in-turns.ts";
import { createAnswerBudget } from "./answer-budget.ts";
import type { BudgetLimits } from "./answer-budget.ts";
import { createAnswerDeadline } from "./answer-deadline.ts";
import type { AnswerPace } from "./answer-deadline.ts";
import { createAnswerTurns } from "./answer-turns.ts";
import type { TurnLimits } from "./answer-turns.ts";
import { toSourceKey } from "./source-key.ts";

export type AnswerLimits = {
  readonly ofConnection: TurnLimits;
  /** Reads of one credential, such as pages of events. */
  readonly ofCaller: TurnLimits;
  readonly pace: AnswerPace;
  readonly budget: BudgetLimits;
  readonly sweepMs: number;
};

export const ANSWER_LIMITS: AnswerLimits = {
  // One waiting request is some 5 kB.
  ofConnection: { atOnce: 1, waitingPerKey: 512, waitingInAll: 8192 },
  ofCaller: { atOnce: 4, waitingPerKey: 256, waitingInAll: 4096 },
  // 4 KiB per second; counted over a while, since kernel buffers make the flow uneven.
  pace: { windowMs: 30_000, windowBytes: 120 * 1024 },
  budget: {
    smallBytes: 64 * 1024,
    perCaller: 16 * 1024 * 1024,
    inAll: 64 * 1024 * 1024,
  },
  sweepMs: 5_000,
};
/** A write of the socket is all or nothing to the pace, so a larger answer leaves in slices. */
const SMALL_BYTES = 64 * 1024;
/** Headers that name a caller; a caller without one is known by its source address. */
const CREDENTIALS = ["authorization", "sb-api-key-id"] as const;
const UNREAD =
  "Too many bytes of answers have not been read by their clients; read them, then retry.";

export function limitAnswers(app: FastifyInstance, limits: AnswerLimits = ANSWER_LIMITS): void {
  const ofConnection = createAnswerTurns(limits.ofConnection);
  const ofCaller = createAnswerTurns(limits.ofCaller);
  const deadline = createAnswerDeadline(limits.pace);
  const budget = createAnswerBudget(limits.budget);
  const timer = setInterval(() => deadline.sweep(performance.now()), limits.sweepMs);
  timer.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });

  app.addHook("onRequest", (request, reply, done) => {
    const response = reply.raw;
    const { socket } = request.raw;
    const refuse = (): void => done(new AppError("rate_limited", UNREAD));
    const credential = isRead(request) ? findCredential(request) : null;
    // Before the answer is made, since a page of events that is then refused costs as much.
    const startUnlessSpent = (): void => {
      if (!budget.isEmpty() && budget.isSpent(toCaller(request), credential !== null)) refuse();
      else done();
    };
    const start = (): void => {
      deadline.watch(response);
      if (credential === null) return startUnlessSpent();
      ofCaller.take({ key: credential, response, start: startUnlessSpent, refuse });
    };
    // RFC 9112 9.3.2 lets a server close a connection whatever is pipelined on it.
    ofConnection.take({ key: socket, response, start, refuse: () => void socket.destroy() });
  });

  app.addHook("onSend", (request, reply, payload, done) => {
    const body = toPieces(payload);
    if (body === null) return done(null, payload);
    const caller = toCaller(request);
    const overrun = isRead(request) ? budget.overrun(caller, body.bytes) : null;
    if (overrun !== null) {
      body.destroy();
      forgetHeaders(reply);
      return done(new AppError(overrun === "caller" ? "rate_limited" : "overloaded", UNREAD));
    }
    if (body.bytes <= SMALL_BYTES) return done(null, payload);
    reply.raw.once("close", budget.spend(caller, body.bytes));
    reply.header("content-length", body.bytes);
    done(null, body);
  });
}

/** Null for what is small for certain, has no body, or is a stream of unknown length. */
function toPieces(payload: unknown): PrintedPieces | null {
  if (payload instanceof PrintedPieces) return payload;
  if (typeof payload === "string") {
    const isSmall = payload.length * 3 <= SMALL_BYTES;
    return isSmall ? null : new PrintedPieces([Buffer.from(payload)]);
  }
  return payload instanceof Buffer ? new PrintedPieces([payload]) : null;
}

/** Answers to what changes something are given whatever they cost: it has been done. */
function isRead({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

function toCaller(request: FastifyRequest): string {
  return findCredential(request) ?? toSourceKey(request);
}

/** A hash: the credential itself is held no longer than its request. */
function findCredential({ headers }: FastifyRequest): string | null {
  for (const name of CREDENTIALS) {
    const value = headers[name];
    if (typeof value === "string") return createHash("sha256").update(value).digest("base64url");
  }
  return null;
}

/** Those of the answer that is not given. */
function forgetHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) {
    if (name !== "x-request-id") reply.removeHeader(name);
  }
}
