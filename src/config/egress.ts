/** The egress policy and the proxy, made from the settings. */
import { networkInterfaces } from "node:os";
import { AppError } from "../core/error.ts";
import { parseEgressProxy, type EgressProxy } from "../net/connect/egress-proxy.ts";
import { checkLocalAddress } from "../net/connect/local-address.ts";
import {
  createEgressPolicy,
  type EgressPolicy,
  type OwnListener,
} from "../net/policy/address-policy.ts";
import { parseEgressAllow } from "../net/policy/egress-allow.ts";
import type { Settings } from "./settings.ts";

export function toEgressPolicy(
  settings: Pick<Settings, "egressAllow">,
): (ownListeners: readonly OwnListener[]) => EgressPolicy {
  const allow = parseEgressAllow(settings.egressAllow);
  if (!allow.ok) throw new AppError("invalid_field", `HOOKLINE_EGRESS_ALLOW: ${allow.problem}.`);
  const ownAddresses = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  return (ownListeners) => createEgressPolicy({ allow: allow.rules, ownAddresses, ownListeners });
}

export function findProxy(settings: Pick<Settings, "egressProxy">): EgressProxy | null {
  const parsed = parseEgressProxy(settings.egressProxy);
  if (parsed.ok) return parsed.proxy;
  // The value is not repeated: it may contain a password.
  throw new AppError("invalid_field", `HOOKLINE_EGRESS_PROXY: ${parsed.problem}.`);
}

export async function refuseForeignAddress(address: string): Promise<void> {
  const problem = address === "" ? null : await checkLocalAddress(address);
  if (problem === null) return;
  throw new AppError("invalid_field", `HOOKLINE_EGRESS_ADDRESS is "${address}": ${problem}.`);
}

export function toListener(url: string): OwnListener {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}
