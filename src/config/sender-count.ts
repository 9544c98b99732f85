/** The number of sender threads, by the setting or by the cores of the machine. */
import type { Parser } from "./parse-setting.ts";

export type SenderCount = number | "auto";

const MOST = 16;
/** Beyond this number the writer thread of SQLite is busy first, and each thread takes memory. */
const MOST_BY_ITSELF = 4;
/** One core serves and one writes. */
const OTHER_CORES = 2;

export const parseSenderCount: Parser<SenderCount> = (text) => {
  const value = text === "auto" ? text : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value === "auto" || value <= MOST
    ? { ok: true, value }
    : { ok: false, allowed: `it must be auto, or a whole number from 0 to ${MOST}` };
};

/** 0: the main thread sends. Each thread has a part of the attempts in flight, so there are at most as many threads. */
export function toSenderCount(
  { senders, attemptsInFlight }: { senders: SenderCount; attemptsInFlight: number },
  cores: number,
): number {
  const byItself = Math.min(Math.max(0, cores - OTHER_CORES), MOST_BY_ITSELF);
  return Math.min(senders === "auto" ? byItself : senders, attemptsInFlight);
}
