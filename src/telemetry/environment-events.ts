/** Events of exports. */
import type { Telemetry } from "./events.ts";

/** With secrets, the receivers' keys have left the server. */
export function environmentExported({ logger }: Telemetry, p: { withSecrets: boolean }): void {
  logger.info(p, "environment exported");
}
