/** `hookline replay`: asks the server to send again what an endpoint failed to take, or missed. */
import { parseDuration } from "../config/parse-setting.ts";
import type { Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";
import { serverClient, type ServerChoice } from "./replay-client.ts";
import { watchTask } from "./replay-task.ts";

export type ReplayOptions = ServerChoice & {
  readonly app: string;
  readonly endpoint: string;
  readonly since: string;
  readonly until?: string;
  readonly missing?: boolean;
};

const AGO = parseDuration("1s", "3650d");

export async function replayEndpoint(settings: Settings, options: ReplayOptions): Promise<number> {
  const { app, endpoint, missing = false } = options;
  const now = Date.now();
  const since = timeOf("--since", options.since, now);
  const until = options.until === undefined ? null : timeOf("--until", options.until, now);
  const client = serverClient(settings, options);
  const path = `/app/${encodeURIComponent(app)}/endpoint/${encodeURIComponent(endpoint)}`;
  const word = missing ? "replay-missing" : "recover";
  const started = (await client.call("POST", `${path}/${word}`, { since, until })) as {
    readonly id: string;
  };
  const what = missing ? "what it missed" : "what failed";
  console.log(
    `${started.id}: sending ${what} since ${since}${until === null ? "" : ` until ${until}`}`,
  );
  return await watchTask(client, started.id);
}

/** An RFC 3339 time, or how long ago: `2h`, `3d`. */
export function timeOf(name: string, text: string, now: number): string {
  const ago = AGO(text);
  const at = ago.ok ? now - ago.value : Date.parse(/^\d{4}-\d\d-\d\d/.test(text) ? text : "");
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new AppError(
    "invalid_field",
    `${name} is "${text}": it must be a time such as 2026-05-06T04:00:00Z, or how long ago: 90m, 2h, 3d.`,
  );
}
