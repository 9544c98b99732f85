/** `hookline replay`: asks the server to send failed or missed deliveries of an endpoint again. */
import { parseDuration } from "../config/parse-setting.ts";
import type { Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";
import { serverClient, type ServerChoice, type ServerClient } from "./replay-client.ts";
import { watchTask } from "./replay-task.ts";

export type ReplayOptions = ServerChoice & {
  readonly app: string;
  readonly endpoint: string;
  readonly since?: string;
  readonly until?: string;
  readonly missing?: boolean;
  readonly pending?: boolean;
};

type Endpoint = {
  readonly nextAttempt?: string;
  readonly breaker?: { readonly openSince: string };
};

const AGO = parseDuration("1s", "3650d");

export async function replayEndpoint(settings: Settings, options: ReplayOptions): Promise<number> {
  const { app, endpoint, missing = false } = options;
  const client = serverClient(settings, options);
  const path = `/app/${encodeURIComponent(app)}/endpoint/${encodeURIComponent(endpoint)}`;
  if (options.pending === true) return await sendPending(client, path, options);
  if (options.since === undefined) {
    throw new AppError(
      "invalid_field",
      "--since is missing: give a start time with --since, or give --pending.",
    );
  }
  const now = Date.now();
  const since = parseTime("--since", options.since, now);
  const until = options.until === undefined ? null : parseTime("--until", options.until, now);
  const word = missing ? "replay-missing" : "recover";
  const started = (await client.call("POST", `${path}/${word}`, { since, until })) as {
    readonly id: string;
  };
  const what = missing ? "missed messages" : "failed deliveries";
  console.log(
    `${started.id}: sending ${what} since ${since}${until === null ? "" : ` until ${until}`}`,
  );
  const { code, sent } = await watchTask(client, started.id);
  if (code === 0 && sent === 0 && !missing) await printPending(client, path);
  return code;
}

async function sendPending(
  client: ServerClient,
  path: string,
  { since, until, missing }: ReplayOptions,
): Promise<number> {
  if (since !== undefined || until !== undefined || missing === true) {
    const message =
      "--pending sends all pending deliveries: it cannot be combined with --since, --until or --missing.";
    throw new AppError("invalid_field", message);
  }
  const { id } = (await client.call("POST", `${path}/send-pending`, {})) as { readonly id: string };
  console.log(`${id}: sending the pending deliveries`);
  return (await watchTask(client, id)).code;
}

/** Right after an outage no delivery has failed for good yet, and the next attempts may be hours away. */
async function printPending(client: ServerClient, path: string): Promise<void> {
  const [stats, endpoint] = (await Promise.all([
    client.call("GET", `${path}/stats`),
    client.call("GET", path),
  ])) as [{ readonly pending: number; readonly retrying: number }, Endpoint];
  console.log(pendingSentence(stats.pending + stats.retrying, endpoint));
}

export function pendingSentence(count: number, { nextAttempt, breaker }: Endpoint): string {
  if (count === 0) return "No delivery has failed for good, and none is pending.";
  const shown = count.toLocaleString("en-US");
  const next = nextAttempt === undefined ? "" : `, the next at ${nextAttempt}`;
  const probes =
    breaker === undefined
      ? ""
      : ` The endpoint's breaker has been open since ${breaker.openSince}, so only probes are sent.`;
  return `No delivery has failed for good; ${shown} ${count === 1 ? "is" : "are"} pending${next}.${probes}
To send them now, run the same command with --pending in place of --since.`;
}

/** Converts an RFC 3339 time, or a duration before now such as `2h` or `3d`. */
export function parseTime(name: string, text: string, now: number): string {
  const ago = AGO(text);
  const at = ago.ok ? now - ago.value : Date.parse(/^\d{4}-\d\d-\d\d/.test(text) ? text : "");
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new AppError(
    "invalid_field",
    `${name} is "${text}": it must be a time such as 2026-05-06T04:00:00Z, or a duration before now such as 90m, 2h or 3d.`,
  );
}
