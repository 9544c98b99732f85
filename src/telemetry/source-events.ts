/** Business events about the source addresses of requests; the others are in `events.ts`. */
import type { Telemetry } from "./events.ts";

/** Logged at start when no proxy is trusted. */
export function sourcesArePeers({ logger }: Pick<Telemetry, "logger">): void {
  logger.info(
    "HOOKLINE_TRUST_PROXY names no proxy: logins are limited by peer address, except from a private or loopback peer that sends X-Forwarded-For; those are limited in total only",
  );
}

/** Logged when the first such request arrives. */
export function proxyNotTrusted({ logger }: Pick<Telemetry, "logger">): void {
  logger.warn(
    "a private or loopback peer that HOOKLINE_TRUST_PROXY does not name forwards requests: their source is unknown, so logins are limited in total and not by source; add the proxy to HOOKLINE_TRUST_PROXY",
  );
}
