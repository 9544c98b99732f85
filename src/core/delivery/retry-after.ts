/**
 * The `Retry-After` header of a response (RFC 9110, 10.2.3): a number of seconds, or a date in any of the
 * three forms of HTTP. The caller applies the bounds, not this file.
 */
import type { Instant } from "../snapshot.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SECONDS_FORM = /^\d+$/;
const DATE_FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT, the usual form
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/**
 * Returns the delay in milliseconds from `now` that the receiver asks for, or null when the header is missing
 * or malformed. A date in the past, like a 0, asks for no delay: 0.
 */
export function parseRetryAfter(text: string | undefined, now: Instant): number | null {
  const value = text?.trim() ?? "";
  if (SECONDS_FORM.test(value)) return Number(value) * 1000;
  const at = parseHttpDate(value, now);
  return at === null ? null : Math.max(0, at - now);
}

function parseHttpDate(text: string, now: Instant): Instant | null {
  for (const form of DATE_FORMS) {
    const found = form.exec(text)?.groups;
    if (found === undefined) continue;
    const month = MONTHS.indexOf(found["month"] ?? "");
    const [hours, minutes, seconds] = (found["time"] ?? "").split(":").map(Number);
    const year = fullYear(found["year"] ?? "", now);
    const at = Date.UTC(year, month, Number(found["day"]), hours, minutes, seconds);
    return month === -1 || Number.isNaN(at) ? null : at;
  }
  return null;
}

/** Two digits more than 50 years ahead mean the previous century (RFC 9110, 5.6.7). */
function fullYear(digits: string, now: Instant): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
