/** Settings that belong to one API each. */
import { parseBytes, parseChoice, parseWaits } from "./parse-setting.ts";
import { row } from "./setting-row.ts";

export const DIALECT_SETTINGS = {
  bodyLimitBytes: row(
    "HOOKLINE_ZIPWHIP_BODY_LIMIT",
    "700B",
    parseBytes(16, 1024 * 1024),
    "Largest text in a Zipwhip body, in UTF-8 bytes. A longer text is stored whole as an attachment, and the body contains its beginning.",
  ),
  zipwhipErrorStatus: row(
    "HOOKLINE_ZIPWHIP_ERROR_STATUS",
    "200",
    parseChoice(["200", "http"]),
    "HTTP status of Zipwhip errors. `200` answers 200 as Zipwhip's clients expect, except 401 for a login or session. `http` answers the status that fits each error.",
  ),
  zipwhipUserAgent: row(
    "HOOKLINE_ZIPWHIP_USER_AGENT",
    "hookline",
    parseChoice(["hookline", "documented"]),
    "User-Agent of Zipwhip deliveries. `hookline` sends Hookline's; `documented` sends the one that Zipwhip documents for the payload generation.",
  ),
  sendblueWaitsMs: row(
    "HOOKLINE_SENDBLUE_RETRIES",
    "30s,2m,10m",
    parseWaits,
    "Waits before each retry of a Sendblue delivery.",
  ),
  sendblueRetry4xx: row(
    "HOOKLINE_SENDBLUE_RETRY_4XX",
    "yes",
    parseChoice(["no", "yes"]),
    "Whether a Sendblue delivery answered with 4xx is retried. 408, 425 and 429 are always retried.",
  ),
  chirpWaitsMs: row(
    "HOOKLINE_CHIRP_RETRIES",
    "10s,1m,5m,30m,2h",
    parseWaits,
    "Waits before each retry of a Chirp delivery.",
  ),
} as const;
