/**
 * The user name and password of an endpoint's URL, `https://user:password@host/`. The URL is stored and shown
 * with the user name and without the password. The password is encrypted together with its user name and
 * origin, so that it is never sent to another origin.
 */
const LIMIT_BYTES = 512;

export type Userinfo =
  /** `password` is null when the URL has none; an empty one, `user:@host`, is "". */
  | { readonly ok: true; readonly password: string | null }
  | { readonly ok: false; readonly problem: string };

type Credentials = {
  readonly origin: string;
  readonly user: string;
  readonly password: string;
};

/** Checks the part before the `@` of a URL that was parsed from `text`. Null when it is missing. */
export function readUserinfo(text: string, url: URL): Userinfo | null {
  const raw = /^[^:/?#]*:\/\/([^/?#]*)@/.exec(text)?.[1];
  if (raw === undefined) return null;
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === null || password === null) {
    return refused("must be percent-encoded UTF-8, with % written as %25");
  }
  if (user === "") return refused("must not have an empty user name");
  if (user.includes(":")) return refused("must not have a colon in the user name");
  if (/\p{Cc}/u.test(user + password)) return refused("must not have control characters");
  if (Buffer.byteLength(`${user}:${password}`) > LIMIT_BYTES) {
    return refused(`must have at most ${LIMIT_BYTES} bytes together`);
  }
  return { ok: true, password: raw.includes(":") ? password : null };
}

/** Returns the URL as it was written, without the password. */
export function hidePassword(text: string): string {
  return text.replace(/^([^:/?#]*:\/\/[^:/?#]*):[^/?#]*@/, "$1@");
}

/** Returns whether a stored URL has a user name. */
export function hasUser(href: string): boolean {
  return toUser(href) !== "";
}

/** Returns the text to encrypt for a stored URL that has a user name. */
export function credentialsText(href: string, password: string): string {
  const credentials: Credentials = { origin: toOrigin(href), user: toUser(href), password };
  return JSON.stringify(credentials);
}

/** Returns the password in `text` for this URL; null when it is for another origin or user name. */
export function passwordFor(href: string, text: string): string | null {
  const { origin, user, password } = JSON.parse(text) as Credentials;
  return origin === toOrigin(href) && user === toUser(href) ? password : null;
}

/** Returns the value of the `Authorization` header (RFC 7617); null as above. */
export function basicAuthorization(href: string, text: string): string | null {
  const password = passwordFor(href, text);
  if (password === null) return null;
  return `Basic ${Buffer.from(`${toUser(href)}:${password}`).toString("base64")}`;
}

function toUser(href: string): string {
  return decoded(URL.parse(href)?.username ?? "") ?? "";
}

function toOrigin(href: string): string {
  return URL.parse(href)?.origin ?? "";
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function refused(problem: string): Userinfo {
  return { ok: false, problem: `the user name and password in the URL ${problem}` };
}
