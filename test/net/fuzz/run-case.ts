/** Plays one case: the real sender against the receiver of the case. Returns the first broken promise. */
import { getEventListeners } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { SecureContext } from "node:tls";
import type { Outcome } from "../../../src/core/delivery/outcome.ts";
import type { TlsIdentity } from "../../../src/net/connect/tls-profile.ts";
import { openTestSender, requestTo } from "../sender.ts";
import { toBytes } from "./fuzz-case.ts";
import type { Answer, FuzzCase, FuzzRequest } from "./fuzz-case.ts";
import { judgeCancelled, judgeOutcome } from "./judge-outcome.ts";
import { openPlayer } from "./player.ts";
import type { Arrival, Player } from "./player.ts";
import { broken, brokenByTime, PROMISES } from "./promises.ts";
import type { Broken } from "./promises.ts";
import { conclude } from "./strict-answer.ts";
import type { Conclusion } from "./strict-answer.ts";

export type Tls = { readonly server: SecureContext; readonly identity: TlsIdentity };

export type CaseCounts = { requests: number; kept: number; resent: number; believed: number };

/** Attempts that end with their answer have a deadline that only a hang reaches. */
const LONG_DEADLINE_MS = 6000;
const SHORT_DEADLINE_MS = { plain: 60, secure: 400 };
/** More time for each write of a slow answer. */
const WRITE_MS = 2;
/** Shorter than the time after which the sender closes an idle connection. */
const CLOSE_WITHIN_MS = 2500;
/** The least answer that may arrive in more than one read. */
const ONE_READ_BYTES = 16_000;
/** After so many breaks the sender keeps no connection of the receiver. */
const BREAKS = 2;

/** The results of all attempts, by which a run recognises one that settles again. */
export const attempts = new WeakSet<Promise<Outcome>>();

type Sender = ReturnType<typeof openTestSender>;

type Story = {
  readonly player: Player;
  /** The signal of each request by its marker. */
  readonly stops: ReadonlyMap<string, AbortController>;
  readonly sender: Sender;
  readonly tls: Tls | undefined;
  readonly patience: number;
  readonly counts: CaseCounts;
  breaks: number;
  isKept: boolean;
  /** Whether bytes of the last answer may come after the next request. */
  mayOverlap: boolean;
};

/** `patience` multiplies the time limits. */
export async function runCase(
  one: FuzzCase,
  p: { readonly tls: Tls | undefined; readonly patience: number },
  counts: CaseCounts,
): Promise<Broken | null> {
  const tls = one.isSecure ? p.tls : undefined;
  const stops = new Map(one.requests.map(({ marker }) => [marker, new AbortController()]));
  await using player = await openPlayer(one, tls?.server, (marker, write) => {
    const request = one.requests.find((request) => request.marker === marker);
    if (request?.cancelledAt === write) stops.get(marker)?.abort();
  });
  const sender = openTestSender({ allow: "127.0.0.0/8,localhost" });
  const fixed = { player, stops, sender, tls, patience: p.patience, counts, breaks: 0 };
  const story: Story = { ...fixed, isKept: false, mayOverlap: false };
  try {
    for (const request of one.requests) {
      const { mayOverlap } = story;
      story.mayOverlap = false;
      const found = await playRequest(request, story);
      if (found === null && request.cancelledAt !== null) break;
      if (found === null) continue;
      const isByTime = found.isByTime || mayOverlap;
      return { ...found, isByTime, about: `${request.marker}: ${found.about}` };
    }
  } finally {
    await sender[Symbol.asyncDispose]();
  }
  if (sender.openSockets() !== 0) return broken(PROMISES.left, `${sender.openSockets()} sockets`);
  const isLeft = () => player.openConnections() > 0;
  if (await staysTrue(isLeft, story))
    return brokenByTime(PROMISES.left, "the receiver's connections are open");
  return player.faults.length > 0 ? broken(PROMISES.requested, player.faults.join("; ")) : null;
}

async function playRequest(request: FuzzRequest, story: Story): Promise<Broken | null> {
  const { player, counts } = story;
  const wasKept = story.isKept;
  const expected = toExpected(request, story);
  const outcome = await attempt(request, expected, story);
  if (outcome === null) return brokenByTime(PROMISES.settles, "it did not settle");
  if (typeof outcome === "string") return broken(PROMISES.left, outcome);
  const arrivals = player.arrivals.filter(({ marker }) => marker === request.marker);
  if (request.cancelledAt !== null) return judgeCancel(request, outcome, story);
  const isResent = outcome.isResent === true;
  const repeated = judgeRepeat({ request, isResent, wasKept, arrivals: arrivals.length });
  if (repeated !== null) return repeated;
  if (isResent) story.breaks += 1;
  const arrival = arrivals.at(-1);
  if (arrival === undefined) {
    if (outcome.kind === "response") return broken(PROMISES.believed, "before the request arrived");
    // A connection that is not established within a short deadline carries no request.
    return brokenByTime(PROMISES.settles, "the request did not arrive");
  }
  const answer = request.answers[isResent ? 1 : 0];
  const conclusion = conclude(toBytes(answer), answer.ending);
  counts.requests += 1;
  if (isResent) counts.resent += 1;
  if (outcome.kind === "response") counts.believed += 1;
  const wrong = judgeOutcome(outcome, conclusion, answer.ending);
  if (wrong !== null) return wrong;
  return await judgeConnection({ request, answer, conclusion, arrival, wasKept }, story);
}

async function judgeCancel(
  { answers }: FuzzRequest,
  outcome: Outcome,
  story: Story,
): Promise<Broken | null> {
  const answer = answers[outcome.isResent === true ? 1 : 0];
  const conclusion = conclude(toBytes(answer), answer.ending);
  const wrong = judgeCancelled(outcome, conclusion, answer.ending);
  if (wrong !== null || outcome.kind === "response") return wrong;
  const { sender } = story;
  return sender.openSockets() > 0
    ? broken(PROMISES.left, "a cancelled attempt left a socket")
    : null;
}

/** The answers that may be played. */
function toExpected({ answers }: FuzzRequest, { isKept, breaks }: Story): readonly Conclusion[] {
  const [first, second] = answers;
  const isBreak = isKept && first.ending !== "open" && breaks < BREAKS;
  const played = !isBreak ? [first] : first.writes.length === 0 ? [second] : [first, second];
  return played.map((answer) => conclude(toBytes(answer), answer.ending));
}

/** Returns null when the attempt does not settle, and a sentence when it leaves a listener. */
async function attempt(
  { marker, answers }: FuzzRequest,
  expected: readonly Conclusion[],
  { player, sender, tls, patience, stops }: Story,
): Promise<Outcome | string | null> {
  const isTimed = expected.some(({ endsBy }) => endsBy === "time" || endsBy === "any");
  const leastMs = SHORT_DEADLINE_MS[tls === undefined ? "plain" : "secure"];
  const writes = Math.max(...answers.map((answer) => (answer.isSlow ? answer.writes.length : 0)));
  const shortMs = (leastMs + WRITE_MS * writes) * patience;
  const stop = stops.get(marker) ?? new AbortController();
  const watchdog = new AbortController();
  const sent = sender.send({
    ...requestTo(player.url),
    body: JSON.stringify({ marker }),
    deadlineMs: isTimed ? shortMs : LONG_DEADLINE_MS,
    tls: tls?.identity ?? null,
    signal: stop.signal,
  });
  attempts.add(sent);
  const late = sleep(2 * LONG_DEADLINE_MS, null, { signal: watchdog.signal }).catch(() => null);
  const outcome = await Promise.race([sent, late]);
  watchdog.abort();
  const listeners = getEventListeners(stop.signal, "abort").length;
  return outcome !== null && listeners > 0 ? `${listeners} listeners of the signal` : outcome;
}

function judgeRepeat(p: {
  readonly request: FuzzRequest;
  readonly isResent: boolean;
  readonly wasKept: boolean;
  readonly arrivals: number;
}): Broken | null {
  const [first] = p.request.answers;
  const mayBreak = p.wasKept && first.ending !== "open";
  if (p.isResent && !mayBreak) return broken(PROMISES.repeated, "it was repeated");
  if (p.isResent && first.ending === "closed" && first.writes.length > 0) {
    return broken(PROMISES.repeated, "it was repeated after a byte of an answer");
  }
  if (p.arrivals > (p.isResent ? 2 : 1))
    return broken(PROMISES.repeated, `it arrived ${p.arrivals} times`);
  const mustRepeat = mayBreak && first.writes.length === 0;
  return mustRepeat && !p.isResent ? brokenByTime(PROMISES.repeated, "it was not repeated") : null;
}

async function judgeConnection(
  p: {
    readonly request: FuzzRequest;
    readonly answer: Answer;
    readonly conclusion: Conclusion;
    readonly arrival: Arrival;
    readonly wasKept: boolean;
  },
  story: Story,
): Promise<Broken | null> {
  const { sender } = story;
  const { keeps } = p.conclusion;
  const mayKeep = keeps !== "no" && story.breaks < BREAKS;
  if (p.arrival.position > 0 && !p.wasKept)
    return broken(PROMISES.reused, "it carried a second request");
  const isOneRead = p.answer.writes.length === 1 && toBytes(p.answer).length < ONE_READ_BYTES;
  const isDecided = p.answer.writes.length === 0 || isOneRead;
  if (isDecided && p.answer.ending === "open" && !mayKeep && sender.openSockets() > 0) {
    return broken(PROMISES.reused, "it is kept");
  }
  if (mayKeep && keeps === "yes" && sender.openSockets() !== 1)
    return brokenByTime(PROMISES.kept, "it is closed");
  story.isKept = mayKeep && sender.openSockets() === 1;
  if (story.isKept) story.counts.kept += 1;
  if (p.request.isHurried && p.answer.ending === "open") {
    if (isDecided) return null;
    // The records of one turn arrive in one read, unless the machine stalls.
    story.mayOverlap = story.tls !== undefined && !p.answer.isSlow;
    if (story.mayOverlap) return null;
  }
  if (await staysTrue(() => !p.arrival.isPlayed, story))
    return brokenByTime(PROMISES.settles, "it is not played");
  if (story.isKept) return null;
  const isOpen = () => sender.openSockets() > 0 || !p.arrival.connection.isClosed;
  if (await staysTrue(isOpen, story)) return brokenByTime(PROMISES.reused, "it stays open");
  return null;
}

/** Whether the condition stays true until the time limit. */
async function staysTrue(isSo: () => boolean, { player, patience }: Story): Promise<boolean> {
  const lastAtMs = performance.now() + CLOSE_WITHIN_MS * Math.min(patience, 1);
  for (let turn = 0; isSo(); turn += 1) {
    if (performance.now() > lastAtMs) return true;
    if (turn < 20) await nextTurn();
    else await Promise.race([player.changed(), sleep(5)]);
  }
  return false;
}
