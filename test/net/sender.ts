/** A sender for tests. Loopback is allowed by default. */
import assert from "node:assert/strict";
import type { KeptDetail } from "../../src/core/delivery/attempt-detail.ts";
import type { TlsVersion } from "../../src/core/crypto/tls-version.ts";
import { createEgressPolicy } from "../../src/net/policy/address-policy.ts";
import type { OwnListener } from "../../src/net/policy/address-policy.ts";
import { createConnector } from "../../src/net/connect/connector.ts";
import { parseEgressAllow } from "../../src/net/policy/egress-allow.ts";
import { parseEgressProxy } from "../../src/net/connect/egress-proxy.ts";
import { createContentFetcher } from "../../src/net/fetch-content.ts";
import type { ContentLimits } from "../../src/net/fetch-content.ts";
import { createResolver } from "../../src/net/policy/resolver.ts";
import type { ResolverOptions } from "../../src/net/policy/resolver.ts";
import { createSender } from "../../src/net/send.ts";
import type { SendRequest } from "../../src/net/send.ts";

export function openTestSender(
  options: ResolverOptions & {
    allow?: string;
    maxSockets?: number;
    senders?: number;
    extraCa?: readonly string[];
    tlsMinVersion?: TlsVersion;
    localAddress?: string;
    /** The value of the setting. */
    proxy?: string;
    keptDetail?: KeptDetail;
  } = {},
) {
  const { allow = "127.0.0.0/8", maxSockets, extraCa, tlsMinVersion, localAddress } = options;
  const { keptDetail, senders } = options;
  const resolver = createResolver({ servers: ["127.0.0.1:9"], ...options });
  const sender = createSender({
    policy: toPolicy(allow),
    resolver,
    proxy: toProxy(options.proxy ?? ""),
    ...(maxSockets === undefined ? {} : { maxSockets }),
    ...(senders === undefined ? {} : { senders }),
    ...(extraCa === undefined ? {} : { extraCa }),
    ...(tlsMinVersion === undefined ? {} : { tlsMinVersion }),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(keptDetail === undefined ? {} : { keptDetail }),
  });
  return {
    ...sender,
    allow: (text: string, ownListeners: readonly OwnListener[] = []) =>
      sender.setPolicy(toPolicy(text, ownListeners)),
    async [Symbol.asyncDispose]() {
      await sender.close();
      resolver.close();
    },
  };
}

/** A fetcher of media whose client does not disconnect, unless a signal is passed. */
export function openTestFetcher({
  allow = "127.0.0.0/8",
  limits = {},
}: { allow?: string; limits?: Partial<ContentLimits> } = {}) {
  const resolver = createResolver({ servers: ["127.0.0.1:9"] });
  const policy = () => toPolicy(allow);
  const fetchContent = createContentFetcher({
    policy,
    connect: createConnector({ policy, resolver }),
    tlsMinVersion: "1.2",
    userAgent: "Hookline/test",
    limits,
  });
  return {
    fetch: (url: string, signal = new AbortController().signal) => fetchContent(url, signal),
    [Symbol.dispose]: () => resolver.close(),
  };
}

/** A small POST with a long timeout. */
export function requestTo(url: string): SendRequest {
  return {
    url,
    query: null,
    method: "POST",
    headers: [],
    body: "{}",
    deadlineMs: 10_000,
    tlsMinVersion: null,
    tls: null,
    isRetry: false,
  };
}

function toProxy(text: string) {
  const parsed = parseEgressProxy(text);
  assert.ok(parsed.ok);
  return parsed.proxy;
}

function toPolicy(text: string, ownListeners: readonly OwnListener[] = []) {
  const allow = parseEgressAllow(text);
  assert.ok(allow.ok);
  return createEgressPolicy({ allow: allow.rules, ownListeners });
}
