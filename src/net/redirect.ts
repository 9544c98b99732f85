/**
 * What the attempt says of a redirect, which is never followed: where it pointed, so that the URL can
 * be changed. The target is shown without credentials, query and fragment, which may be secret.
 */
const SHOWN_LIMIT = 300;

/** Null for what is no redirect, or names no URL that can be called. */
export function redirectSentence(p: {
  readonly status: number;
  readonly location: string | undefined;
  /** What was called: a location may be relative to it. */
  readonly url: string;
}): string | null {
  if (p.location === undefined || p.status < 300 || p.status > 399) return null;
  const target = URL.parse(p.location, p.url);
  if (target === null || !/^https?:$/.test(target.protocol)) return null;
  const text = `${target.origin}${target.pathname}`;
  const shown = text.length > SHOWN_LIMIT ? `${text.slice(0, SHOWN_LIMIT)}…` : text;
  return `redirects to ${shown}; redirects are not followed: change the URL`;
}
