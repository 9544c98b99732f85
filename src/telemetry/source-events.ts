/** Events about the source addresses of requests, as `business-events.ts` has the others. */
import type { Telemetry } from "./events.ts";

/** At start, when no proxy is trusted. */
export function sourcesArePeers({ logger }: Pick<Telemetry, "logger">): void {
  logger.info(
    "HOOKLINE_TRUST_PROXY names no proxy: logins are limited by the address of the peer, and not by source for a private or loopback peer that sends X-Forwarded-For",
  );
}

/** When the first such request arrives. */
export function proxyNotTrusted({ logger }: Pick<Telemetry, "logger">): void {
  logger.warn(
    "a private or loopback address that HOOKLINE_TRUST_PROXY does not name passes on requests of others: their source is unknown, so logins are limited in total and not by source",
  );
}
