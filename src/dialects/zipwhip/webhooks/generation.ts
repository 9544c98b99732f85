/**
 * The two payload generations, chosen per line: document 002's (2020) and document 001's (2015). They differ
 * in the format of numbers and times, in two headers and in one key.
 */
import type { Instant, Line } from "../../../core/snapshot.ts";

export type Generation = Line["payloadGeneration"];

type Form = {
  readonly contentType: string;
  readonly userAgent: string;
  /**
   * Zipwhip's internal routing, which no consumer reads. The value is the one in the generation's document.
   */
  readonly messageTransport: number;
  address(address: string): string;
  /** Whole seconds, because no document shows a fraction. */
  time(at: Instant): string;
};

export const GENERATIONS: Readonly<Record<Generation, Form>> = {
  "2020": {
    contentType: "application/json;charset=UTF-8",
    userAgent: "Apache-HttpClient/4.5.7 (Java/1.8.0_201)",
    messageTransport: 5,
    address: (address) => address,
    time: (at) => `${dateAndTime(at)}Z`,
  },
  "2015": {
    contentType: "application/json; charset=UTF-8",
    userAgent: "Jakarta Commons-HttpClient/3.1",
    messageTransport: 9,
    address: withoutCountryCode,
    time: pacificTime,
  },
};

/** The default for an unregistered line. */
export const DEFAULT_GENERATION: Generation = "2020";

/** A time such as `2019-11-15T19:34:23+00:00`, the form that only opt-outs have. */
export function offsetTime(at: Instant): string {
  return `${dateAndTime(at)}+00:00`;
}

/** Ten digits for a number of the North American plan. Any other address is printed unchanged. */
function withoutCountryCode(address: string): string {
  return /^\+1\d{10}$/.test(address) ? address.slice(2) : address;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Every published time of this generation has the offset of Seattle, where Zipwhip was. The daylight saving
 * rule from 2007 to the generation's end is written out. A machine's time zone data may change, and with it
 * the bytes of a later attempt (I2).
 */
function pacificTime(at: Instant): string {
  const year = new Date(at).getUTCFullYear();
  const begins = toSunday(year, 2, 2) + 10 * HOUR_MS;
  const ends = toSunday(year, 10, 1) + 9 * HOUR_MS;
  const offset = at >= begins && at < ends ? 7 : 8;
  return `${dateAndTime(at - offset * HOUR_MS)}-0${offset}:00`;
}

/** Midnight UTC of the `count`th Sunday of a month, where months count from 0. */
function toSunday(year: number, month: number, count: number): Instant {
  const first = Date.UTC(year, month, 1);
  const untilSunday = (7 - new Date(first).getUTCDay()) % 7;
  return first + (untilSunday + (count - 1) * 7) * DAY_MS;
}

/** A time such as `2020-11-13T17:01:17`. */
function dateAndTime(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "");
}
