/** A sender for tests: loopback is allowed unless told otherwise. */
import assert from "node:assert/strict";
import { createEgressPolicy } from "../../src/net/address-policy.ts";
import type { OwnListener } from "../../src/net/address-policy.ts";
import { parseEgressAllow } from "../../src/net/egress-allow.ts";
import { createResolver } from "../../src/net/resolver.ts";
import type { ResolverOptions } from "../../src/net/resolver.ts";
import { createSender } from "../../src/net/send.ts";
import type { SendRequest } from "../../src/net/send.ts";

export function openTestSender(
  options: ResolverOptions & {
    allow?: string;
    maxSockets?: number;
    extraCa?: readonly string[];
  } = {},
) {
  const { allow = "127.0.0.0/8", maxSockets, extraCa } = options;
  const resolver = createResolver({ servers: ["127.0.0.1:9"], ...options });
  const sender = createSender({
    policy: policyOf(allow),
    resolver,
    ...(maxSockets === undefined ? {} : { maxSockets }),
    ...(extraCa === undefined ? {} : { extraCa }),
  });
  return {
    ...sender,
    allow: (text: string, ownListeners: readonly OwnListener[] = []) =>
      sender.setPolicy(policyOf(text, ownListeners)),
    async [Symbol.asyncDispose]() {
      await sender.close();
      resolver.close();
    },
  };
}

/** A small POST with time enough. */
export function requestTo(url: string): SendRequest {
  return { url, method: "POST", headers: [], body: "{}", deadlineMs: 10_000 };
}

function policyOf(text: string, ownListeners: readonly OwnListener[] = []) {
  const allow = parseEgressAllow(text);
  assert.ok(allow.ok);
  return createEgressPolicy({ allow: allow.rules, ownListeners });
}
