/**
 * Connects to a URL as a delivery would, with the address policy, and sends nothing. An application learns the same
 * sentence as from a failed attempt, which names no address.
 */
import type { FailReason } from "../core/delivery/outcome.ts";
import type { TlsVersion } from "../core/crypto/tls-version.ts";
import type { EgressPolicy } from "./policy/address-policy.ts";
import type { Connector } from "./connect/connect-types.ts";
import { NetError, toFailure } from "./outcome.ts";
import { createTargets } from "./policy/target.ts";

export type CheckedConnection =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: FailReason; readonly detail: string };

export type ConnectionCheck = (url: string) => Promise<CheckedConnection>;

const CONNECT_LIMIT_MS = 5_000;

export function createConnectionCheck(options: {
  readonly policy: () => EgressPolicy;
  readonly connect: Connector;
  readonly tlsMinVersion: TlsVersion;
}): ConnectionCheck {
  const { policy, connect, tlsMinVersion } = options;
  return async (url) => {
    // The policy's verdict on a URL may change, so none is cached.
    const target = createTargets(policy).get(url, { tlsMinVersion, tls: null });
    if (target instanceof NetError) return toRefused(target);
    return await new Promise((resolve) => {
      connect(target, CONNECT_LIMIT_MS, (error, socket) => {
        socket?.destroy();
        resolve(error === null ? { ok: true } : toRefused(error));
      });
    });
  };
}

function toRefused(error: Error): CheckedConnection {
  const { reason, detail } = toFailure(error, 0);
  return { ok: false, reason, detail };
}
