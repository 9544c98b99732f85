/**
 * Whether a URL may be an endpoint's, judged by its text alone: nothing is resolved, so making an
 * endpoint never waits for DNS. This gives the good error message; the boundary is the connector,
 * which asks the address policy again for what the name turns out to be (I9).
 */
import { isIP } from "node:net";
import { readUserinfo } from "../core/url-userinfo.ts";
import { classifyAddress, isAllowedName, isPortOpened } from "./address-policy.ts";
import type { EgressPolicy } from "./address-policy.ts";

const URL_LIMIT = 2048;

export type UrlRules = {
  readonly policy: EgressPolicy;
  readonly schemes: { readonly http: boolean };
};

export type UrlVerdict =
  | {
      readonly ok: true;
      readonly url: URL;
      /** With the user name that the URL has, and without the password. */
      readonly href: string;
      /** In clear; null where the URL has none. */
      readonly password: string | null;
    }
  | {
      readonly ok: false;
      readonly code: "invalid_url" | "blocked_url";
      /** May be shown to the app; says what is allowed and not what was found behind the name. */
      readonly message: string;
      /** For the operator only: why, and the setting that opens it. */
      readonly operatorHint?: string;
    };

/** Ports from 1024 on that browsers refuse to speak HTTP to (WHATWG Fetch, "bad port"). */
const BAD_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10_080,
]);

/** Ends of names that mean something only inside a network. */
const LOCAL_SUFFIXES = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "svc",
  "home.arpa",
];

/** Public names of cloud metadata services; the others end in one of the suffixes above. */
const METADATA_NAMES = new Set([
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.oraclecloud.com",
  "metadata.tencentyun.com",
]);

const BLOCKED =
  "the URL is refused by the address policy: it must name a public host, on port 80, 443 or from 1024 up";

/** The URL as it will be called (`href` is what to store and show), or why not. Never throws. */
export function checkUrl(text: string, rules: UrlRules): UrlVerdict {
  const schemes = rules.schemes.http ? "https:// or http://" : "https://";
  if (text.length > URL_LIMIT) return invalid(`the URL must have at most ${URL_LIMIT} characters`);
  if (hasControlCharacter(text)) return invalid("the URL must not contain control characters");
  const trimmed = text.trim();
  if (!/^https?:\/\/[^/\\?#]/i.test(trimmed)) return invalid(`the URL must start with ${schemes}`);
  if (/^[^?#]*\\/.test(trimmed)) return invalid("the URL must not contain backslashes");
  if (trimmed.includes("#")) return invalid("the URL must not have a fragment (#)");
  const url = URL.parse(trimmed);
  if (url === null)
    return invalid(`the URL cannot be parsed; it must be an absolute ${schemes} URL`);
  if (url.protocol === "http:" && !rules.schemes.http) return needsHttps(url, rules.policy);
  const userinfo = readUserinfo(trimmed, url);
  if (userinfo?.ok === false) return invalid(userinfo.problem);
  url.password = "";
  if (url.hostname.endsWith(".")) url.hostname = url.hostname.slice(0, -1);
  if (url.href.length > URL_LIMIT) {
    return invalid(`the URL must have at most ${URL_LIMIT} characters once encoded`);
  }
  const verdict = checkHostAndPort(url, rules.policy);
  return verdict.ok ? { ...verdict, password: userinfo?.password ?? null } : verdict;
}

/** The host as sockets and the address policy want it: IPv6 without its brackets. */
export function toHost(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** The port in force, the scheme's own when none is written. */
export function toPort(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function checkHostAndPort(url: URL, policy: EgressPolicy): UrlVerdict {
  const host = toHost(url);
  const port = toPort(url);
  const isLiteral = isIP(host) !== 0;
  if (!isLiteral && !isHostName(host)) {
    return invalid("the URL's host is not a host name: letters, digits, hyphens and dots");
  }
  if (!isCallablePort(port) && !isPortOpened(policy, host, port)) {
    return blocked(`port ${port} may not be called`, host, port);
  }
  if (isLiteral) {
    const verdict = classifyAddress(host, policy, port);
    return verdict.allowed ? accepted(url) : blocked(verdict.reason, host, port);
  }
  if (isAllowedName(policy, host, port) || !isLocalName(host)) return accepted(url);
  return blocked("a name that only a local network knows", host, port);
}

function isCallablePort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !BAD_PORTS.has(port));
}

function isHostName(host: string): boolean {
  return host.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(host);
}

function isLocalName(host: string): boolean {
  if (!host.includes(".") || METADATA_NAMES.has(host)) return true;
  return LOCAL_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function accepted(url: URL): UrlVerdict {
  return { ok: true, url, href: url.href, password: null };
}

/** Everything that stands in the way is in the hint, so that one change of the settings is enough. */
function needsHttps(url: URL, policy: EgressPolicy): UrlVerdict {
  const rest = checkHostAndPort(url, policy);
  const hints = [
    "HOOKLINE_HTTP_URLS=allow permits http://",
    ...(rest.ok || rest.operatorHint === undefined ? [] : [rest.operatorHint]),
  ];
  return {
    ok: false,
    code: "invalid_url",
    message: "the URL must use https",
    operatorHint: hints.join("; "),
  };
}

function invalid(message: string): UrlVerdict {
  return { ok: false, code: "invalid_url", message };
}

function blocked(reason: string, host: string, port: number): UrlVerdict {
  const entry = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const operatorHint = `${entry}: ${reason}; HOOKLINE_EGRESS_ALLOW opens what the address policy denies, e.g. "${entry}"`;
  return { ok: false, code: "blocked_url", message: BLOCKED, operatorHint };
}
