/**
 * Usernames that lines log in with. A username that is a number has one form, E.164, so that two lines cannot
 * share a number in two spellings. `2065550100`, `1-206-555-0100`, `+12065550100` and `ptn:/2065550100` are
 * the same. Other usernames are unchanged; stores compare them without case.
 */
export function normalUsername(username: string): string {
  const plain = username
    .normalize("NFKC")
    .replace(/^ptn:\//i, "")
    .replace(/[().-]/g, "");
  const number = withCountryCode(plain);
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : username;
}

function withCountryCode(plain: string): string {
  const local = /^1?([2-9]\d{9})$/.exec(plain)?.[1];
  if (local !== undefined) return `+1${local}`;
  return plain.replace(/^(?:00)?(?=[1-9]\d*$)/, "+");
}
