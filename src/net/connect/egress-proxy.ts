/**
 * Reads HOOKLINE_EGRESS_PROXY: `http://[user:password@]host[:port]` or
 * `socks5://[user:password@]host[:port]`. An http proxy is asked by CONNECT, also for http targets. Both
 * kinds get the name and resolve it. The operator chooses the proxy, so its address is exempt from the
 * address policy.
 */

export type EgressProxy = {
  readonly kind: "connect" | "socks5";
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Decoded. Never part of a log, a hint or an error (I10). */
  readonly credentials: { readonly user: string; readonly password: string } | null;
};

export type EgressProxyResult =
  | { readonly ok: true; readonly proxy: EgressProxy | null }
  /** The problem repeats no part of the setting, which may contain a password. */
  | { readonly ok: false; readonly problem: string };

const FORMS =
  "it must be http://[user:password@]host:port or socks5://[user:password@]host:port, without a path";
const KINDS: Readonly<Record<string, { kind: EgressProxy["kind"]; port: number }>> = {
  "http:": { kind: "connect", port: 80 },
  "socks5:": { kind: "socks5", port: 1080 },
  // curl's scheme for a proxy that resolves names, which is always so here.
  "socks5h:": { kind: "socks5", port: 1080 },
};
/** SOCKS5 has one byte for the length of each (RFC 1929). */
const CREDENTIAL_LIMIT_BYTES = 255;

/** Parses the setting. Empty text means no proxy. */
export function parseEgressProxy(text: string): EgressProxyResult {
  if (text.trim() === "") return { ok: true, proxy: null };
  const url = URL.parse(text.trim());
  const scheme = url === null ? undefined : KINDS[url.protocol];
  if (url === null || scheme === undefined || url.hostname === "") return refused(FORMS);
  const hasMore =
    (url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "";
  if (hasMore) return refused(FORMS);
  const credentials = readCredentials(url);
  if (credentials === undefined) {
    return refused(
      "its user and password must each be percent-encoded and 1 to 255 bytes long, without a colon in the user",
    );
  }
  return {
    ok: true,
    proxy: {
      kind: scheme.kind,
      host: url.hostname.replace(/^\[|\]$/g, "").toLowerCase(),
      port: url.port === "" ? scheme.port : Number(url.port),
      credentials,
    },
  };
}

function readCredentials(url: URL): EgressProxy["credentials"] | undefined {
  if (url.username === "" && url.password === "") return null;
  try {
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    const isUsable = [user, password].every((one) => {
      const bytes = Buffer.byteLength(one);
      // oxlint-disable-next-line no-control-regex
      return bytes >= 1 && bytes <= CREDENTIAL_LIMIT_BYTES && !/[\u0000-\u001f\u007f]/.test(one);
    });
    return isUsable && !user.includes(":") ? { user, password } : undefined;
  } catch {
    return undefined;
  }
}

function refused(problem: string): EgressProxyResult {
  return { ok: false, problem };
}
