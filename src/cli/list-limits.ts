/** `hookline limits`: the table of limits, for people and for `docs/limits.md`. */
import { styleText } from "node:util";
import { limitsIn } from "../config/limit-settings.ts";
import type { Settings } from "../config/settings.ts";
import { ERROR_CODES } from "../core/error.ts";
import { LIMITS, type LimitName } from "../core/limits.ts";
import { type Limit, limitRefusal, toAmount } from "../core/limits/limit.ts";

export function listLimits(settings: Settings): void {
  const values = limitsIn(settings);
  for (const [key, limit] of Object.entries(LIMITS)) {
    const value = toAmount(limit, values[key as LimitName]);
    const setting = limit.setting === null ? "" : styleText("dim", `  (${limit.setting})`);
    console.log(`${styleText("bold", limit.name)}: ${value}${setting}\n    ${limit.bounds}`);
  }
}

const PER = {
  app: "application",
  line: "line",
  endpoint: "endpoint",
  credential: "credential",
  source: "source address",
  connection: "connection",
  request: "request",
  server: "server",
} as const satisfies Record<Limit["per"], string>;

/** The exact content of `docs/limits.md`. A test compares the file with it. */
export function limitsPage(): string {
  const limits: readonly Limit[] = Object.values(LIMITS);
  return [
    "# Limits",
    "",
    "Everything that a client, an application or a receiver can use has a limit, so that none of them can",
    "harm the others. A refusal names the limit: `Limit: endpoints.` stands at its end.",
    "This page is generated: `npm run --silent docs`.",
    "",
    "`GET /api/v1/app/{app}/limits` shows the limits of an application and their use, to the operator and to",
    "its `manage` keys. `PUT` with the admin token gives an application its own numbers:",
    "",
    "```sh",
    'curl -X PUT "$HOOKLINE/api/v1/app/acme/limits" -H "Authorization: Bearer $ADMIN_TOKEN" \\',
    '  -d \'{"limits": {"endpoints": 500, "pending_bytes": null}}\'',
    "```",
    "",
    "Null returns to the server's number. Data above a lowered limit stays; only additions are refused.",
    "A limit that *each node* counts holds for each node of a PostgreSQL store separately.",
    "",
    "| limit | per | number | counted by | setting | own number |",
    "| --- | --- | --- | --- | --- | --- |",
    ...limits.map(toRow),
    "",
    "## When a limit is reached",
    "",
    ...limits.flatMap(toSection),
  ].join("\n");
}

function toRow(limit: Limit): string {
  const { name, per, value, holds, setting, perApp } = limit;
  return `| \`${name}\` | ${PER[per]} | ${toAmount(limit, value)} | ${holds === "store" ? "the store" : "each node"} | ${setting === null ? "" : `\`${setting}\``} | ${perApp ? "yes" : ""} |`;
}

function toSection(limit: Limit): readonly string[] {
  const { name, bounds, code, value } = limit;
  const answer = code === null ? "No call is refused." : `Status ${ERROR_CODES[code].status}:`;
  return [`**\`${name}\`** ${bounds} ${answer}`, "", `> ${limitRefusal(limit, value)}`, ""];
}
