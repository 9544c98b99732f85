/**
 * The target of a request: the parsed URL of an endpoint and the key of the connections that may be used for
 * it. Targets are cached by URL, since the same few are called repeatedly. A rendered query differs each time
 * and reveals the text of the message, so it is never part of a target.
 */
import type { EgressPolicy } from "./address-policy.ts";
import type { ConnectTarget } from "../connect/connect-types.ts";
import { NetError } from "../outcome.ts";
import { checkUrl, toHost, toPort } from "./url-policy.ts";

export type Origin = ConnectTarget & {
  /** `https://host:port`, as WHATWG `URL` writes it. */
  readonly origin: string;
  /** The value of `Host`, without the scheme's default port. */
  readonly hostHeader: string;
  /**
   * Connections are shared when this is equal: the origin and, with TLS, the endpoint's minimum version and
   * identity.
   */
  readonly poolKey: string;
};

export type Target = Origin & {
  /** The path with the URL's query. */
  readonly path: string;
};

export type TargetTls = Pick<ConnectTarget, "tlsMinVersion" | "tls">;

export type Targets = {
  /** Returns the target, or the error that explains why the URL may not be called. */
  get(url: string, tls: TargetTls): Target | NetError;
  clear(): void;
};

const TARGETS_LIMIT = 4096;

export function createTargets(policy: () => EgressPolicy): Targets {
  const targets = new Map<string, Target | NetError>();
  return {
    get(url, tls) {
      const key = `${toName(tls)} ${url}`;
      const known = targets.get(key);
      if (known !== undefined) return known;
      const target = parseTarget(url, tls, policy());
      const oldest = targets.size >= TARGETS_LIMIT ? targets.keys().next().value : undefined;
      if (oldest !== undefined) targets.delete(oldest);
      targets.set(key, target);
      return target;
    },
    clear: () => targets.clear(),
  };
}

/** Returns the path of a request whose delivery carries its fields in the query. */
export function pathWithQuery(path: string, query: string | null): string {
  if (query === null || query === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

function toName({ tlsMinVersion, tls }: TargetTls): string {
  return tls === null ? tlsMinVersion : `${tlsMinVersion}+${tls.name}`;
}

function parseTarget(text: string, tls: TargetTls, policy: EgressPolicy): Target | NetError {
  // Whether http is acceptable was decided when the endpoint was made, by its dialect.
  const verdict = checkUrl(text, { policy, schemes: { http: true } });
  if (!verdict.ok) {
    const reason = verdict.code === "blocked_url" ? "blocked" : "protocol";
    return new NetError(reason, verdict.message, verdict.operatorHint);
  }
  const { url } = verdict;
  const secure = url.protocol === "https:";
  return {
    origin: url.origin,
    hostHeader: url.host,
    poolKey: secure ? `${toName(tls)} ${url.origin}` : url.origin,
    secure,
    ...tls,
    host: toHost(url),
    port: toPort(url),
    path: url.pathname + url.search,
  };
}
