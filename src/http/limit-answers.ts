/**
 * Limits on unread responses. There is one response at a time for each connection and a few concurrent reads
 * for each caller. There is also a minimum pace, and a budget of bytes for each caller and in total. Mounted
 * before everything else.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/error.ts";
import { LIMITS } from "../core/limits.ts";
import { refuseLimit } from "../core/limits/limit.ts";
import { PrintedPieces } from "../dialects/print-in-turns.ts";
import { createAnswerBudget } from "./answer-budget.ts";
import type { BudgetLimits } from "./answer-budget.ts";
import { createAnswerDeadline } from "./answer-deadline.ts";
import type { AnswerPace } from "./answer-deadline.ts";
import { createAnswerTurns } from "./answer-turns.ts";
import type { TurnLimits } from "./answer-turns.ts";
import { findCredentialKey, toCallerKey } from "./caller-key.ts";
import { createRefusalTurns } from "./refusal-turns.ts";

export type AnswerLimits = {
  readonly ofConnection: TurnLimits;
  /** Reads of one credential, such as pages of events. */
  readonly ofCaller: TurnLimits;
  readonly pace: AnswerPace;
  readonly budget: BudgetLimits;
  readonly sweepMs: number;
};

const { readsAtOnce } = LIMITS;
export const ANSWER_LIMITS: AnswerLimits = {
  // One waiting request takes about 5 kB.
  ofConnection: { atOnce: 1, waitingPerKey: 512, waitingInAll: 8192 },
  ofCaller: { atOnce: readsAtOnce.value, waitingPerKey: 256, waitingInAll: 4096 },
  // This is 4 KiB per second, measured over a longer window because kernel buffers make the flow uneven.
  pace: { windowMs: 30_000, windowBytes: 120 * 1024 },
  budget: {
    smallBytes: 64 * 1024,
    perCaller: 16 * 1024 * 1024,
    inAll: 64 * 1024 * 1024,
  },
  sweepMs: 5_000,
};
/** The pace sees each socket write as a whole, so a larger response is written in slices. */
const SMALL_BYTES = 64 * 1024;
const UNREAD = "Too many response bytes are still unread; read the pending responses, then retry.";

export function limitAnswers(app: FastifyInstance, limits: AnswerLimits = ANSWER_LIMITS): void {
  const ofConnection = createAnswerTurns(limits.ofConnection);
  const ofCaller = createAnswerTurns(limits.ofCaller);
  const deadline = createAnswerDeadline(limits.pace);
  const budget = createAnswerBudget(limits.budget);
  const refusals = createRefusalTurns();
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
    const refuseRead = (): void =>
      refusals.add(response, () => done(refuseLimit(readsAtOnce, limits.ofCaller.atOnce)));
    const takesTurn = isRead(request) && request.routeOptions.config.isStream !== true;
    const credential = takesTurn ? findCredentialKey(request) : null;
    // Checked before the response is made, since a refused page of events costs as much to make.
    const startUnlessSpent = (): void => {
      if (!budget.isEmpty() && budget.isSpent(toCallerKey(request), credential !== null)) refuse();
      else done();
    };
    const start = (): void => {
      deadline.watch(response);
      if (credential === null) return startUnlessSpent();
      ofCaller.take({ key: credential, response, start: startUnlessSpent, refuse: refuseRead });
    };
    // RFC 9112 9.3.2 permits closing a connection with pipelined requests.
    ofConnection.take({ key: socket, response, start, refuse: () => void socket.destroy() });
  });

  app.addHook("onSend", (request, reply, payload, done) => {
    const body = toPieces(payload);
    if (body === null) return done(null, payload);
    const caller = toCallerKey(request);
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

/** Returns null for a response that is certainly small, has no body, or is a stream of unknown length. */
function toPieces(payload: unknown): PrintedPieces | null {
  if (payload instanceof PrintedPieces) return payload;
  if (typeof payload === "string") {
    const isSmall = payload.length * 3 <= SMALL_BYTES;
    return isSmall ? null : new PrintedPieces([Buffer.from(payload)]);
  }
  return payload instanceof Buffer ? new PrintedPieces([payload]) : null;
}

/** Responses to completed changes are sent at any cost, so only reads are refused. */
function isRead({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** Removes the headers of the response that is replaced by a refusal. */
function forgetHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) {
    if (name !== "x-request-id") reply.removeHeader(name);
  }
}
