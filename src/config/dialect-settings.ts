/** Settings of one wire API each. */
import { parseBytes, parseChoice, parseWaits } from "./parse-setting.ts";
import { row } from "./setting-row.ts";

export const DIALECT_SETTINGS = {
  bodyLimitBytes: row(
    "HOOKLINE_ZIPWHIP_BODY_LIMIT",
    "700B",
    parseBytes(16, 1024 * 1024),
    "Texts of more UTF-8 bytes than this are stored whole as an attachment, and Zipwhip bodies hold their beginning.",
  ),
  zipwhipErrorStatus: row(
    "HOOKLINE_ZIPWHIP_ERROR_STATUS",
    "200",
    parseChoice(["200", "http"]),
    "HTTP status of Zipwhip refusals: 200, as its own clients expect, but 401 for a login or a session; or `http`, the one that fits each.",
  ),
  zipwhipUserAgent: row(
    "HOOKLINE_ZIPWHIP_USER_AGENT",
    "hookline",
    parseChoice(["hookline", "documented"]),
    "User-Agent of Zipwhip deliveries: Hookline's own, or the one that Zipwhip documented for the payload generation.",
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
    "Whether a Sendblue delivery that was answered with 4xx is tried again; 408, 425 and 429 always are.",
  ),
  chirpWaitsMs: row(
    "HOOKLINE_CHIRP_RETRIES",
    "10s,1m,5m,30m,2h",
    parseWaits,
    "Waits before each retry of a Chirp delivery.",
  ),
} as const;
