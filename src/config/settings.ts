/**
 * Every setting of the program: one row each, with its environment variable, its default, its unit
 * and one sentence. `docs/config.md` is generated from these rows.
 */
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS } from "../core/optout.ts";
import { SIGNATURE_HEADERS } from "../core/signature-headers.ts";
import {
  parseBytes,
  parseChoice,
  parseDuration,
  parseInteger,
  parseIpAddress,
  parseList,
  parseOrigins,
  parseStoreUrl,
  parseText,
} from "./parse-setting.ts";
import { DIALECT_SETTINGS } from "./dialect-settings.ts";
import { parsePublishedAddresses } from "./published-addresses.ts";
import { row } from "./setting-row.ts";
import type { Row } from "./setting-row.ts";
import { parseTrustedProxies } from "./trusted-proxies.ts";

export const SETTINGS = {
  host: row("HOOKLINE_HOST", "127.0.0.1", parseText(), "Address the server listens on."),
  port: row(
    "HOOKLINE_PORT",
    "8080",
    parseInteger(0, 65535),
    "Port the server listens on; 0 takes a free one and prints it.",
  ),
  adminListen: row(
    "HOOKLINE_ADMIN_LISTEN",
    "",
    parseText(/^[^:]+:\d+$|^\[[^\]]+\]:\d+$/, "host:port"),
    "An address of its own for metrics and calls with the admin token; the public one then refuses them.",
  ),
  store: row(
    "HOOKLINE_STORE",
    "sqlite:./data/hookline.db",
    parseStoreUrl(
      /^sqlite:.+|^postgres(ql)?:\/\/.+/,
      "sqlite:<file>, sqlite::memory:, postgres://…",
    ),
    "Where events and configuration live.",
  ),
  pgPoolSize: row(
    "HOOKLINE_PG_POOL",
    "8",
    parseInteger(3, 100),
    "PostgreSQL: most connections of this node, one more to listen not counted.",
  ),
  pgListenUrl: row(
    "HOOKLINE_PG_LISTEN_URL",
    "",
    parseStoreUrl(/^off$|^postgres(ql)?:\/\/.+/, "off, postgres://…"),
    "PostgreSQL: where to listen for other nodes, a connection that no pooler shares; HOOKLINE_STORE itself when not given, off only looks every second.",
  ),
  pgPrepare: row(
    "HOOKLINE_PG_PREPARE",
    "on",
    parseChoice(["on", "off"]),
    "PostgreSQL: prepared statements; off for a pooler in transaction mode that does not know them, which is found out by itself too.",
  ),
  adminToken: row(
    "HOOKLINE_ADMIN_TOKEN",
    "",
    parseText(/^\S{16,}$/, "at least 16 characters without blanks"),
    "Bearer token of the operator; made and kept beside the SQLite file (mode 0600) when not given.",
  ),
  secretKey: row(
    "HOOKLINE_SECRET_KEY",
    "",
    parseText(/^\S{32,}$/, "32 random bytes as base64 or hex"),
    "Key that encrypts endpoint secrets and header values; made and kept beside the SQLite file (mode 0600) when not given.",
  ),
  secretKeyPrevious: row(
    "HOOKLINE_SECRET_KEY_PREVIOUS",
    "",
    parseText(/^\S{32,}$/, "32 random bytes as base64 or hex"),
    "The key before HOOKLINE_SECRET_KEY, which still opens what it encrypted; to be given until `npx hookline rekey` is done.",
  ),
  apis: row(
    "HOOKLINE_APIS",
    "svix,zipwhip,sendblue,chirp",
    parseList(["svix", "zipwhip", "sendblue", "chirp"]),
    "Wire APIs that are switched on.",
  ),
  egressAllow: row(
    "HOOKLINE_EGRESS_ALLOW",
    "",
    parseText(),
    "Opens what the address policy denies: CIDRs, CIDR:port, or names that then resolve through the system; for example 127.0.0.0/8 for a receiver on this machine.",
  ),
  egressProxy: row(
    "HOOKLINE_EGRESS_PROXY",
    "",
    parseText(),
    "Proxy that every delivery goes through, which then resolves the names: http://[user:password@]host:port (CONNECT) or socks5://[user:password@]host:port.",
  ),
  egressAddress: row(
    "HOOKLINE_EGRESS_ADDRESS",
    "",
    parseIpAddress,
    "Local address that deliveries leave from; the system chooses when not given.",
  ),
  egressPublished: row(
    "HOOKLINE_EGRESS_PUBLISHED",
    "",
    parsePublishedAddresses,
    "Addresses that deliveries come from, for the firewalls of receivers, as GET /egress.json shows them: CIDR@since or CIDR@since..until with dates, comma separated; for example 203.0.113.0/28@2026-01-01,198.51.100.7/32@2024-03-01..2025-12-31.",
  ),
  tlsMinVersion: row(
    "HOOKLINE_TLS_MIN",
    "1.2",
    parseChoice(["1.2", "1.3"]),
    "Oldest TLS version that deliveries use; an endpoint may ask for 1.0 or 1.1 for itself alone.",
  ),
  httpUrls: row(
    "HOOKLINE_HTTP_URLS",
    "dialect",
    parseChoice(["dialect", "allow", "refuse"]),
    "http:// endpoints: as each API has it, allowed everywhere, or refused everywhere.",
  ),
  eventLimitBytes: row(
    "HOOKLINE_EVENT_LIMIT",
    "1MiB",
    parseBytes(1024, 16 * 1024 * 1024),
    "Largest single event.",
  ),
  batchLimitBytes: row(
    "HOOKLINE_BATCH_LIMIT",
    "8MiB",
    parseBytes(1024, 64 * 1024 * 1024),
    "Largest batch of events.",
  ),
  acceptQueueLimit: row(
    "HOOKLINE_ACCEPT_QUEUE",
    "20000",
    parseInteger(1, 1_000_000),
    "Events that may wait for their commit; beyond it publishers get 503 with Retry-After.",
  ),
  endpointBacklog: row(
    "HOOKLINE_ENDPOINT_BACKLOG",
    "200000",
    parseInteger(1, 10_000_000),
    "Deliveries of one endpoint that may be pending; beyond it a new one fails at once as backlog_full and can be replayed.",
  ),
  appBacklogBytes: row(
    "HOOKLINE_APP_BACKLOG_BYTES",
    "4GiB",
    parseBytes(1024, 1024 ** 4),
    "Payloads that one app is owed deliveries for, counted once for each endpoint; beyond it publishers get 429 with Retry-After.",
  ),
  attemptsInFlight: row(
    "HOOKLINE_ATTEMPTS_IN_FLIGHT",
    "512",
    parseInteger(1, 20_000),
    "Most requests to receivers under way at once.",
  ),
  replayRate: row(
    "HOOKLINE_REPLAY_RATE",
    "200",
    parseInteger(1, 100_000),
    "Deliveries per second that one replay makes due, so that replays do not drown what is new.",
  ),
  retentionMs: row(
    "HOOKLINE_RETENTION",
    "30d",
    parseDuration("96h", "3650d"),
    "How long events, attempts and payloads are kept.",
  ),
  answerKeepSuccessBytes: row(
    "HOOKLINE_ANSWER_KEEP_SUCCESS",
    "1KiB",
    parseBytes(0, 16 * 1024),
    "How much of each answer to a delivery is stored when the receiver takes it; 0B stores none.",
  ),
  answerKeepFailureBytes: row(
    "HOOKLINE_ANSWER_KEEP_FAILURE",
    "4KiB",
    parseBytes(0, 16 * 1024),
    "How much of each answer to a delivery is stored when the receiver refuses it; 0B stores none.",
  ),
  dedupeWindowMs: row(
    "HOOKLINE_DEDUPE_WINDOW",
    "48h",
    parseDuration("1h", "48h"),
    "How long a publisher's eventId and message id are remembered, at least.",
  ),
  disableAfterMs: row(
    "HOOKLINE_DISABLE_AFTER",
    "5d",
    parseDuration("0", "365d"),
    "A native endpoint is disabled after nothing but failures for this long; 0 is never.",
  ),
  secretOverlapMs: row(
    "HOOKLINE_SECRET_OVERLAP",
    "24h",
    parseDuration("0", "7d"),
    "How long a rotated secret still signs beside the new one.",
  ),
  signatureHeaders: row(
    "HOOKLINE_SIGNATURE_HEADERS",
    "both",
    parseChoice(SIGNATURE_HEADERS),
    "Names of the signature headers: webhook-* (Standard Webhooks), svix-* (Svix), or both. An app or an endpoint may choose otherwise.",
  ),
  optOutMatch: row(
    "HOOKLINE_OPTOUT_MATCH",
    "word",
    parseChoice(["word", "contains"]),
    "Opt-out by the whole text being a keyword, or by a keyword anywhere in it. Case, width, quotes, brackets, emoji and closing punctuation do not count.",
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
    "Words that opt a contact back in; add START and YES if they should.",
  ),
  ...DIALECT_SETTINGS,
  stopGraceMs: row(
    "HOOKLINE_STOP_GRACE",
    "20s",
    parseDuration("0", "10m"),
    "How long a stop waits for requests under way before it gives them back.",
  ),
  corsOrigins: row(
    "HOOKLINE_CORS_ORIGINS",
    "*",
    parseOrigins,
    "Origins whose pages may call /api/v1 with a token: *, off, or origins such as https://portal.example.com, comma separated.",
  ),
  trustProxy: row(
    "HOOKLINE_TRUST_PROXY",
    "",
    parseTrustedProxies,
    "Addresses and CIDRs of proxies whose X-Forwarded-For is believed, comma separated. Logins are limited by source address, so name every proxy in front.",
  ),
  logLevel: row(
    "HOOKLINE_LOG_LEVEL",
    "info",
    parseChoice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    "What is logged.",
  ),
  failpoint: row(
    "HOOKLINE_FAILPOINT",
    "",
    parseChoice(["", "after-commit-before-reply", "after-send-before-record"]),
    "For fault tests: the process kills itself at this point. Never set it in production.",
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [K in SettingName]: (typeof SETTINGS)[K] extends Row<infer T> ? T : never;
};
