/**
 * Returns the known name that `name` was probably meant to be: the same except for letter case, or one edit
 * away. Undefined when no name is near, and when `name` is known itself.
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

/**
 * Returns whether the texts differ by one character inserted, omitted or replaced, or by two swapped
 * neighbours. Equal texts do not count.
 */
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
