/** The reads that the pages make, and their times over HTTP: one after the other, and two at once. */
import { monotonicMs } from "../clock.ts";
import { quantile } from "../pairs.ts";
import { milliseconds } from "../report.ts";
import type { Server } from "../server.ts";
import { LINE, toNumber, type Sample, type World } from "./conversations.ts";

const ROUNDS = 40;
const DAY_MS = 86_400_000;

export type PageRead = {
  readonly name: string;
  readonly isSearch?: true;
  /** The read ends by its budget of time. */
  readonly isScan?: true;
  readonly path: (sample: Sample) => string;
};

export type Timed = {
  readonly read: PageRead;
  readonly p50: number;
  readonly p95: number;
  /** The p95 of two at once. */
  readonly p95OfTwo: number;
};

export function listReads({ apps }: World): readonly PageRead[] {
  const { id, endpoints } = apps[0] as World["apps"][number];
  const app = `/app/${id}`;
  const [endpoint = ""] = endpoints;
  const since = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  const text = (query: string) => () => `${app}/text${query}`;
  const events = (query: string) => () =>
    `${app}/msg?with_deliveries=true&with_content=false${query}`;
  const search = (toText: (sample: Sample) => string) => (sample: Sample) =>
    `${app}/search?q=${encodeURIComponent(toText(sample))}`;
  const everywhere = (toText: (sample: Sample) => string) => (sample: Sample) =>
    `/search?q=${encodeURIComponent(toText(sample))}`;
  const encoded = encodeURIComponent;
  return [
    { name: "overview", path: () => "/overview" },
    { name: "charts of all applications, 24 h", path: () => `/stats/series?since=${since(1)}` },
    { name: "charts of all applications, 30 d", path: () => `/stats/series?since=${since(30)}` },
    { name: "applications", path: () => "/app?limit=50" },
    { name: "endpoints of all applications", path: () => "/endpoint" },
    { name: "endpoints of one", path: () => `${app}/endpoint-health` },
    { name: "one endpoint", path: () => `${app}/endpoint/${endpoint}?with_health=true` },
    { name: "its attempts", path: () => `${app}/attempt/endpoint/${endpoint}?with_msg=true` },
    {
      name: "its failed attempts",
      path: () => `${app}/attempt/endpoint/${endpoint}?with_msg=true&status=2`,
    },
    {
      name: "its charts, 24 h",
      path: () => `${app}/stats/series?endpoint_id=${endpoint}&since=${since(1)}`,
    },
    {
      name: "its charts, 30 d",
      path: () => `${app}/stats/series?endpoint_id=${endpoint}&since=${since(30)}`,
    },
    { name: "failed deliveries of all", path: () => "/delivery" },
    { name: "failed deliveries of one", path: () => `${app}/delivery` },
    { name: "texts", path: text("") },
    { name: "texts of a number", path: ({ number }) => `${app}/text?number=${encoded(number)}` },
    { name: "texts of a line", path: text(`?line=${encoded(LINE)}`) },
    { name: "texts by direction", path: text("?direction=inbound") },
    { name: "texts by channel", path: text("?channel=sms") },
    { name: "texts by status", path: text("?status=delivered_to_handset") },
    { name: "texts by state", path: text("?state=failed") },
    { name: "texts at an endpoint", path: text(`?endpoint_id=${endpoint}`) },
    {
      name: "texts of a day",
      path: ({ at }) => `${app}/text?since=${toIso(at)}&until=${toIso(at + DAY_MS)}`,
    },
    { name: "one text by the publisher's id", path: ({ messageId }) => `${app}/text/${messageId}` },
    { name: "one text by Zipwhip's id", path: ({ snowflake }) => `${app}/text/${snowflake}` },
    { name: "one text by Sendblue's id", path: ({ handle }) => `${app}/text/${handle}` },
    { name: "one text by Chirp's id", path: ({ ksuid }) => `${app}/text/${ksuid}` },
    { name: "events", path: events("") },
    { name: "events by type", path: events("&event_types=message.sent") },
    { name: "events by an unused channel", path: events("&channel=none") },
    { name: "events by an unused tag", path: events("&tag=none") },
    { name: "events at an endpoint", path: events(`&endpoint_id=${endpoint}`) },
    { name: "events by state", path: events("&state=failed") },
    { name: "events of a day", path: ({ at }) => `${events("")()}&before=${toIso(at)}` },
    {
      name: "events of a number",
      path: ({ number }) => `${events("")()}&number=${encoded(number)}`,
    },
    { name: "events of the busiest number", path: events(`&number=${encoded(toNumber(0, 0))}`) },
    { name: "events of an unknown number", path: events(`&number=${encoded("+13605550000")}`) },
    {
      name: "events of a text",
      path: ({ messageId }) => `${events("")()}&message_id=${messageId}`,
    },
    { name: "events with words", isScan: true, path: events("&contains=nowhere") },
    { name: "events by a field", isScan: true, path: events("&field=message.text%3Dnowhere") },
    { name: "one event", path: ({ eventId }) => `${app}/msg/${eventId}` },
    { name: "its deliveries", path: ({ eventId }) => `${app}/msg/${eventId}/endpoint` },
    { name: "its attempts", path: ({ eventId }) => `${app}/attempt/msg/${eventId}` },
    {
      name: "one request",
      path: ({ eventId }) => `${app}/msg/${eventId}/endpoint/${endpoint}/request`,
    },
    { name: "search: number", isSearch: true, path: search(({ number }) => number) },
    { name: "search: busiest number", isSearch: true, path: search(() => toNumber(0, 0)) },
    { name: "search: unknown number", isSearch: true, path: search(() => "+13605550000") },
    { name: "search: last digits", isSearch: true, path: search(({ number }) => number.slice(-4)) },
    {
      name: "search: publisher's id of a text",
      isSearch: true,
      path: search(({ messageId }) => messageId),
    },
    {
      name: "search: publisher's id of an event",
      isSearch: true,
      path: search(({ ownEventId }) => ownEventId),
    },
    { name: "search: id of an event", isSearch: true, path: search(({ eventId }) => eventId) },
    { name: "search: Zipwhip's id", isSearch: true, path: search(({ snowflake }) => snowflake) },
    { name: "search: Sendblue's id", isSearch: true, path: search(({ handle }) => handle) },
    { name: "search: Chirp's id", isSearch: true, path: search(({ ksuid }) => ksuid) },
    { name: "search: host", isSearch: true, path: search(() => "127.0.0.1") },
    { name: "search: words", isScan: true, path: search(() => '"nowhere"') },
    { name: "search everywhere: name", isSearch: true, path: everywhere(() => "Blue") },
    {
      name: "search everywhere: id of an event",
      isSearch: true,
      path: everywhere(({ eventId }) => eventId),
    },
    { name: "system", path: () => "/system" },
    { name: "tasks", path: () => "/background-task?order=descending" },
    { name: "audit", path: () => "/audit" },
    { name: "refused", path: () => "/refused" },
    { name: "event types", path: () => "/event-type" },
  ];
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}

/** Each round asks about another conversation. */
export async function timeReads(
  server: Server,
  reads: readonly PageRead[],
  samples: readonly Sample[],
): Promise<readonly Timed[]> {
  const timed: Timed[] = [];
  for (const [i, read] of reads.entries()) {
    const alone: number[] = [];
    const beside: number[] = [];
    const path = (round: number) =>
      read.path(samples[(round * 37 + i * 101) % samples.length] as Sample);
    for (let round = 0; round < ROUNDS; round++) alone.push(await timeRead(server, path(round)));
    for (let round = 0; round < ROUNDS; round += 2) {
      const two = [round, round + 1].map((n) => timeRead(server, path(ROUNDS + n)));
      beside.push(...(await Promise.all(two)));
    }
    const one = {
      read,
      p50: quantile(alone, 0.5),
      p95: quantile(alone, 0.95),
      p95OfTwo: quantile(beside, 0.95),
    };
    // A run takes minutes, so it shows that it goes on.
    console.log(`${read.name}: ${milliseconds(one.p50)}, ${milliseconds(one.p95)}`);
    timed.push(one);
  }
  return timed;
}

async function timeRead(server: Server, path: string): Promise<number> {
  const startedAt = monotonicMs();
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  const text = await answer.text();
  const tookMs = monotonicMs() - startedAt;
  if (!answer.ok) throw new Error(`GET ${path} was answered ${answer.status}: ${text}`);
  return tookMs;
}
