/**
 * Every setting of the program, one row each: environment variable, default, parser and description.
 * `docs/config.md` is generated from these rows.
 */
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS } from "../core/messages/optout.ts";
import { DIALECTS } from "../core/snapshot.ts";
import { SIGNATURE_HEADERS } from "../core/crypto/signature-headers.ts";
import { FAILPOINTS } from "../store/failpoint.ts";
import {
  parseChoice,
  parseDuration,
  parseInteger,
  parseIpAddress,
  parseList,
  parseOrigins,
  parseStoreUrl,
  parseText,
} from "./parse-setting.ts";
import { ANSWER_SETTINGS } from "./answer-settings.ts";
import { DIALECT_SETTINGS } from "./dialect-settings.ts";
import { LIMIT_SETTINGS } from "./limit-settings.ts";
import { parsePublishedAddresses } from "./published-addresses.ts";
import { parsePublicUrl } from "./public-url.ts";
import { parseSenderCount } from "./sender-count.ts";
import { row } from "./setting-row.ts";
import type { Row } from "./setting-row.ts";
import { parseTrustedProxies } from "./trusted-proxies.ts";

export const SETTINGS = {
  host: row("HOOKLINE_HOST", "127.0.0.1", parseText(), "Address that the server listens on."),
  port: row(
    "HOOKLINE_PORT",
    "8080",
    parseInteger(0, 65535),
    "Port that the server listens on. 0 chooses a free port and prints it.",
  ),
  adminListen: row(
    "HOOKLINE_ADMIN_LISTEN",
    "",
    parseText(/^[^:]+:\d+$|^\[[^\]]+\]:\d+$/, "host:port"),
    "Separate address (host:port) for metrics and calls with the admin token. The public listener then refuses them.",
  ),
  store: row(
    "HOOKLINE_STORE",
    "sqlite:./data/hookline.db",
    parseStoreUrl(
      /^sqlite:.+|^postgres(ql)?:\/\/.+/,
      "sqlite:<file>, sqlite::memory:, postgres://…",
    ),
    "Database of events and configuration: a SQLite file or a PostgreSQL URL.",
  ),
  pgPoolSize: row(
    "HOOKLINE_PG_POOL",
    "8",
    parseInteger(3, 100),
    "PostgreSQL: maximum number of connections of this node, plus one for LISTEN.",
  ),
  pgListenUrl: row(
    "HOOKLINE_PG_LISTEN_URL",
    "",
    parseStoreUrl(/^off$|^postgres(ql)?:\/\/.+/, "off, postgres://…"),
    "PostgreSQL: direct (unpooled) URL for LISTEN. Defaults to HOOKLINE_STORE. `off` polls every second instead.",
  ),
  pgPrepare: row(
    "HOOKLINE_PG_PREPARE",
    "on",
    parseChoice(["on", "off"]),
    "PostgreSQL: prepared statements. Set `off` for a pooler in transaction mode that does not support them; the server also detects this.",
  ),
  senders: row(
    "HOOKLINE_SENDERS",
    "auto",
    parseSenderCount,
    "Threads that send deliveries, 0 to 16, each with a part of the limits on concurrent requests. 0 sends on the main thread, which is best on one or two cores. `auto` is the number of cores minus 2, at most 4.",
  ),
  adminToken: row(
    "HOOKLINE_ADMIN_TOKEN",
    "",
    parseText(/^\S{16,}$/, "at least 16 characters without whitespace"),
    "Bearer token of the operator. If not set, it is generated and kept beside the SQLite file (mode 0600).",
  ),
  secretKey: row(
    "HOOKLINE_SECRET_KEY",
    "",
    parseText(/^\S{32,}$/, "32 random bytes as base64 or hex"),
    "Key that encrypts endpoint secrets and header values. If not set, it is generated and kept beside the SQLite file (mode 0600).",
  ),
  secretKeyPrevious: row(
    "HOOKLINE_SECRET_KEY_PREVIOUS",
    "",
    parseText(/^\S{32,}$/, "32 random bytes as base64 or hex"),
    "Previous encryption key, which still decrypts older values. Keep it set until `npx hookline rekey` is done.",
  ),
  apis: row("HOOKLINE_APIS", DIALECTS.join(), parseList(DIALECTS), "APIs that are enabled."),
  builtInEventTypes: row(
    "HOOKLINE_BUILTIN_EVENT_TYPES",
    "on",
    parseChoice(["on", "off"]),
    "Whether the event types of text messaging are built in. `off` is for a server that does not text: every event type is custom, no payload is checked, and only the native API is enabled.",
  ),
  egressAllow: row(
    "HOOKLINE_EGRESS_ALLOW",
    "",
    parseText(),
    "Allows targets that the address policy denies: CIDRs, CIDR:port, or host names, which the system then resolves. Example: 127.0.0.0/8 for a receiver on this machine.",
  ),
  egressProxy: row(
    "HOOKLINE_EGRESS_PROXY",
    "",
    parseText(),
    "Proxy for every delivery; the proxy resolves host names. http://[user:password@]host:port (CONNECT) or socks5://[user:password@]host:port.",
  ),
  egressAddress: row(
    "HOOKLINE_EGRESS_ADDRESS",
    "",
    parseIpAddress,
    "Local address that deliveries are sent from. If not set, the system chooses.",
  ),
  egressPublished: row(
    "HOOKLINE_EGRESS_PUBLISHED",
    "",
    parsePublishedAddresses,
    "Source addresses of deliveries, published at GET /egress.json for the firewalls of receivers. Comma-separated CIDR@since or CIDR@since..until with dates, for example 203.0.113.0/28@2026-01-01,198.51.100.7/32@2024-03-01..2025-12-31.",
  ),
  tlsMinVersion: row(
    "HOOKLINE_TLS_MIN",
    "1.2",
    parseChoice(["1.2", "1.3"]),
    "Oldest TLS version for deliveries. An endpoint may choose 1.0 or 1.1 for itself.",
  ),
  httpUrls: row(
    "HOOKLINE_HTTP_URLS",
    "dialect",
    parseChoice(["dialect", "allow", "refuse"]),
    "http:// endpoints: `dialect` follows the rule of each API, `allow` allows them everywhere, `refuse` refuses them everywhere.",
  ),
  ...LIMIT_SETTINGS,
  replayRate: row(
    "HOOKLINE_REPLAY_RATE",
    "200",
    parseInteger(1, 100_000),
    "Deliveries per second that one replay makes due, so that a replay does not delay new deliveries.",
  ),
  retentionMs: row(
    "HOOKLINE_RETENTION",
    "30d",
    parseDuration("96h", "3650d"),
    "How long events, attempts and payloads are kept.",
  ),
  ...ANSWER_SETTINGS,
  dedupeWindowMs: row(
    "HOOKLINE_DEDUPE_WINDOW",
    "48h",
    parseDuration("1h", "48h"),
    "Minimum time that a publisher's eventId and message id are remembered.",
  ),
  disableAfterMs: row(
    "HOOKLINE_DISABLE_AFTER",
    "5d",
    parseDuration("0", "365d"),
    "How long a native endpoint may fail without a success before it is disabled. 0 never disables it.",
  ),
  secretOverlapMs: row(
    "HOOKLINE_SECRET_OVERLAP",
    "24h",
    parseDuration("0", "7d"),
    "How long the previous signing secret still signs beside the new one after a rotation.",
  ),
  signatureHeaders: row(
    "HOOKLINE_SIGNATURE_HEADERS",
    "both",
    parseChoice(SIGNATURE_HEADERS),
    "Signature headers: `webhook` sends webhook-* (Standard Webhooks), `svix` sends svix-* (Svix), `both` sends both. An application or an endpoint may choose otherwise.",
  ),
  optOutMatch: row(
    "HOOKLINE_OPTOUT_MATCH",
    "word",
    parseChoice(["word", "contains"]),
    "How opt-out keywords match: `word` needs the whole text to be a keyword, `contains` finds a keyword anywhere in it. Case, width, quotes, brackets, emoji and closing punctuation are ignored.",
  ),
  stopKeywords: row(
    "HOOKLINE_OPTOUT_STOP",
    DEFAULT_STOP_KEYWORDS.join(),
    parseList(null),
    "Words that opt a contact out of a line.",
  ),
  unstopKeywords: row(
    "HOOKLINE_OPTOUT_UNSTOP",
    DEFAULT_UNSTOP_KEYWORDS.join(),
    parseList(null),
    "Words that opt a contact back in. START and YES are not included by default; add them if needed.",
  ),
  ...DIALECT_SETTINGS,
  stopGraceMs: row(
    "HOOKLINE_STOP_GRACE",
    "20s",
    parseDuration("0", "10m"),
    "How long a shutdown waits for requests in flight before it releases their deliveries.",
  ),
  publicUrl: row(
    "HOOKLINE_PUBLIC_URL",
    "",
    parsePublicUrl,
    "URL by which browsers reach the server, such as https://hooks.example.com. Links to the portal begin with it; if not set, with the address of the request that makes them.",
  ),
  portalLinkReuseMs: row(
    "HOOKLINE_PORTAL_LINK_REUSE",
    "60s",
    parseDuration("0", "10m"),
    "How long a link to the portal works after its first use, at most three times in all. Pages may load the frame of a portal again.",
  ),
  uiMask: row(
    "HOOKLINE_UI_MASK",
    "off",
    parseChoice(["on", "off"]),
    "`on` masks numbers and hides texts in the dashboard, for every role. An operator can show one text or event at a time, and the audit records it. Bearer tokens are not masked.",
  ),
  corsOrigins: row(
    "HOOKLINE_CORS_ORIGINS",
    "*",
    parseOrigins,
    "Origins whose pages may call /api/v1 with a token: *, off, or comma-separated origins such as https://portal.example.com.",
  ),
  portalFrameAncestors: row(
    "HOOKLINE_PORTAL_FRAME_ANCESTORS",
    "*",
    parseOrigins,
    "Origins whose pages may show the portal in a frame: *, off, or comma-separated origins such as https://app.example.com.",
  ),
  portalName: row(
    "HOOKLINE_PORTAL_NAME",
    "",
    parseText(/^.{0,64}$/u, "at most 64 characters"),
    "Name that the portal shows in place of Hookline.",
  ),
  portalLogo: row(
    "HOOKLINE_PORTAL_LOGO",
    "",
    parseText(/^(?:|https:\/\/\S{1,2048}|data:image\/\S{1,32768})$/, "https://… or data:image/…"),
    "Image that the portal shows beside its name. A frame may name another one.",
  ),
  portalAccent: row(
    "HOOKLINE_PORTAL_ACCENT",
    "",
    parseText(/^(?:|#[0-9a-f]{6})$/i, "a colour such as #3546c4"),
    "Accent colour of the portal. It is made darker or lighter where text would be hard to read.",
  ),
  portalReturnUrl: row(
    "HOOKLINE_PORTAL_RETURN_URL",
    "",
    parsePublicUrl,
    "Page of yours to which the portal leads when its session has ended.",
  ),
  trustProxy: row(
    "HOOKLINE_TRUST_PROXY",
    "",
    parseTrustedProxies,
    "Comma-separated addresses and CIDRs of trusted proxies, whose X-Forwarded-For is used. Logins are limited by source address, so name every proxy in front.",
  ),
  logLevel: row(
    "HOOKLINE_LOG_LEVEL",
    "info",
    parseChoice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    "Least severe level that is logged.",
  ),
  failpoint: row(
    "HOOKLINE_FAILPOINT",
    "",
    parseChoice(["", ...FAILPOINTS, "after-send-before-record"]),
    "For fault tests only: the process kills itself at this point. Never set it in production.",
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [K in SettingName]: (typeof SETTINGS)[K] extends Row<infer T> ? T : never;
};
