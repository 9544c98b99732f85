/**
 * Checks by its text alone whether a URL may be an endpoint's. It resolves nothing, so creating an endpoint
 * never waits for DNS. This check has the helpful error message; the connector enforces the policy for the
 * addresses that the name resolves to (I9).
 */
import { isIP } from "node:net";
import { readUserinfo } from "../../core/crypto/url-userinfo.ts";
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
      /** The URL with its user name and without its password. */
      readonly href: string;
      /** The password in clear; null when the URL has none. */
      readonly password: string | null;
    }
  | {
      readonly ok: false;
      readonly code: "invalid_url" | "blocked_url";
      /** May be shown to the app; states the rule and not the addresses behind the name. */
      readonly message: string;
      /** For the operator only: the reason, and the setting that permits the URL. */
      readonly operatorHint?: string;
    };

/** Ports from 1024 on to which browsers refuse HTTP (WHATWG Fetch, "bad port"). */
const BAD_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10_080,
]);

/** Suffixes of names that have a meaning only inside a network. */
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
  "the URL is refused by the address policy: it must name a public host, on port 80, 443, or 1024 and above";

/** Returns the URL as it will be called (`href` is for storing and showing), or the refusal. Never throws. */
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
    return invalid(`the URL must have at most ${URL_LIMIT} characters after encoding`);
  }
  const verdict = checkHostAndPort(url, rules.policy);
  return verdict.ok ? { ...verdict, password: userinfo?.password ?? null } : verdict;
}

/** Returns the host in the form of sockets and the address policy: IPv6 without brackets. */
export function toHost(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** Returns the effective port: the scheme's default when the URL has none. */
export function toPort(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function checkHostAndPort(url: URL, policy: EgressPolicy): UrlVerdict {
  const host = toHost(url);
  const port = toPort(url);
  const isLiteral = isIP(host) !== 0;
  if (!isLiteral && !isHostName(host)) {
    return invalid("the URL's host is not a host name: use letters, digits, hyphens and dots");
  }
  if (!isCallablePort(port) && !isPortOpened(policy, host, port)) {
    return blocked(`port ${port} is not permitted`, host, port);
  }
  if (isLiteral) {
    const verdict = classifyAddress(host, policy, port);
    return verdict.allowed ? accepted(url) : blocked(verdict.reason, host, port);
  }
  if (isAllowedName(policy, host, port) || !isLocalName(host)) return accepted(url);
  return blocked("a name of a local network", host, port);
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

/** The hint lists every obstacle, so that one change of the settings is enough. */
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
  const operatorHint = `${entry}: ${reason}; to permit it, add "${entry}" to HOOKLINE_EGRESS_ALLOW`;
  return { ok: false, code: "blocked_url", message: BLOCKED, operatorHint };
}
