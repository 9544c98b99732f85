/**
 * Names of event types: which are well-formed, which are ours alone, and which known name somebody
 * who mistyped one meant. A type one edit away from a known one is refused at publish, because an
 * event of a type that nobody listens to would vanish without a sound.
 */
import { NOT_DOTS_ALONE } from "./chosen-id.ts";

/** The rule of Svix's API, so that its SDKs' types fit; not dots alone, since a name stands in paths. */
const NAME_FORM = new RegExp(`^${NOT_DOTS_ALONE}[a-zA-Z0-9\\-_.]{1,256}$`);

/** What happens to endpoints and deliveries; only endpoints of the operator hear of it. */
export const OPERATIONAL_EVENT_TYPES = [
  "endpoint.enabled",
  "endpoint.disabled",
  "endpoint.failing",
  "endpoint.backlog_full",
  "message.attempt.exhausted",
  "message.attempt.failing",
  "message.attempt.recovered",
] as const;

export type OperationalEventType = (typeof OPERATIONAL_EVENT_TYPES)[number];

/** Whole families are kept free, so that a later operational type takes nobody's name away. */
const RESERVED_PREFIXES = ["endpoint.", "message.attempt.", "background_task."];

export function isEventTypeName(text: string): boolean {
  return NAME_FORM.test(text);
}

/** Whether only the server itself may publish this type. */
export function isReservedEventType(name: string): boolean {
  return RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/**
 * The known name that `name` was probably meant to be: the same but for letter case, or one edit
 * away. Undefined when nothing is near, and when `name` is known itself.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const lowered = name.toLowerCase();
  let nearest: string | undefined;
  for (const candidate of known) {
    if (candidate === name) return undefined;
    if (candidate.toLowerCase() === lowered || isOneEditApart(name, candidate))
      nearest ??= candidate;
  }
  return nearest;
}

/** One character inserted, left out, replaced, or two neighbours swapped. Equal texts are none apart. */
export function isOneEditApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (at === short.length) return false;
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  const isSwapped = short[at] === long[at + 1] && short[at + 1] === long[at];
  return isSwapped && short.slice(at + 2) === long.slice(at + 2);
}
