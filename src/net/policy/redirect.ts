/**
 * Describes a redirect in the attempt. Redirects are never followed; the target is shown so that the URL can
 * be changed. Credentials, query and fragment are omitted, since they may be secret.
 */
const SHOWN_LIMIT = 300;

/** Returns null for a response that is not a redirect or names no URL that can be called. */
export function redirectSentence(p: {
  readonly status: number;
  readonly location: string | undefined;
  /** The called URL, to which the location may be relative. */
  readonly url: string;
}): string | null {
  if (p.location === undefined || p.status < 300 || p.status > 399) return null;
  const target = URL.parse(p.location, p.url);
  if (target === null || !/^https?:$/.test(target.protocol)) return null;
  const text = `${target.origin}${target.pathname}`;
  const shown = text.length > SHOWN_LIMIT ? `${text.slice(0, SHOWN_LIMIT)}…` : text;
  return `the receiver redirects to ${shown}; redirects are not followed, so change the endpoint's URL`;
}
