/** The attempts of the demo's events, read from the native API, whichever API registered the endpoint. */
import type { Dialect } from "../src/core/snapshot.ts";
import type { NativeClient } from "./native-client.ts";
import { RECEIVERS, findReceiver } from "./receiver-names.ts";
import { webhookAnswered, type Receiver } from "./receiver.ts";

export type SeenAttempt = {
  readonly id: string;
  readonly eventId: string;
  /** The canonical type. */
  readonly eventType: string;
  readonly publishedAt: string;
  readonly dialect: Dialect;
  /**
   * The vendor's name for the event, as the receiver knows it. The canonical name if the receiver got
   * nothing.
   */
  readonly event: string;
  readonly state: string;
  readonly ids: readonly { readonly name: string; readonly value: string }[];
  readonly isGenuine: boolean | null;
  /** Number of the attempt, from 1. */
  readonly number: number;
  /** 0 when the receiver did not answer. */
  readonly statusCode: number;
  readonly durationMs: number;
  readonly at: Date;
};

type Row = Readonly<Record<string, unknown>>;

export async function listEndpoints(api: NativeClient, app: string): Promise<readonly string[]> {
  const { data } = await api.get(`/app/${app}/endpoint?limit=100`);
  return (data as Row[]).map((endpoint) => String(endpoint["id"]));
}

/**
 * Returns the attempts that are not in `seen` yet and adds them to it. They are ordered by event, then as in
 * `RECEIVERS`. Attempts that ended after `endedBefore` are left for the next call, so that those of one event
 * appear together.
 */
export async function takeNewAttempts(
  p: {
    readonly api: NativeClient;
    readonly app: string;
    readonly endpoints: readonly string[];
    readonly receiver: Receiver;
    readonly endedBefore: number;
  },
  seen: Map<string, SeenAttempt>,
): Promise<readonly SeenAttempt[]> {
  const fresh: SeenAttempt[] = [];
  for (const endpoint of p.endpoints) {
    const path = `/app/${p.app}/attempt/endpoint/${endpoint}?limit=100&with_msg=true`;
    for (const row of (await p.api.get(path))["data"] as Row[]) {
      const attempt = toAttempt(row, p.receiver);
      const endedAt = attempt.at.getTime() + attempt.durationMs;
      if (!seen.has(attempt.id) && endedAt <= p.endedBefore) fresh.push(attempt);
    }
  }
  fresh.sort(inShownOrder);
  for (const attempt of fresh) seen.set(attempt.id, attempt);
  return fresh;
}

export async function isSettled(
  api: NativeClient,
  app: string,
  endpoints: readonly string[],
): Promise<boolean> {
  for (const endpoint of endpoints) {
    const stats = await api.get(`/app/${app}/endpoint/${endpoint}/stats`);
    const { pending, sending, retrying } = stats;
    if (Number(pending) + Number(sending) + Number(retrying) > 0) return false;
  }
  return true;
}

function toAttempt(row: Row, receiver: Receiver): SeenAttempt {
  const published = row["msg"] as Row | null;
  const eventType = String(published?.["eventType"]);
  const webhook = webhookAnswered(receiver.received, String(row["response"]));
  return {
    id: String(row["id"]),
    eventId: String(row["msgId"]),
    eventType,
    publishedAt: String(published?.["timestamp"]),
    dialect: findReceiver(new URL(String(row["url"])).pathname) ?? "svix",
    event: webhook?.event ?? eventType,
    state: webhook?.state ?? "",
    ids: webhook?.ids ?? [],
    isGenuine: webhook?.isGenuine ?? null,
    number: webhook?.attempt ?? 1,
    statusCode: Number(row["responseStatusCode"]),
    durationMs: Number(row["responseDurationMs"]),
    at: new Date(String(row["timestamp"])),
  };
}

/**
 * Events derived from another have its time, so the type decides: `message.received` precedes
 * `optout.changed`.
 */
function inShownOrder(one: SeenAttempt, other: SeenAttempt): number {
  return (
    one.publishedAt.localeCompare(other.publishedAt) ||
    one.eventType.localeCompare(other.eventType) ||
    RECEIVERS.indexOf(one.dialect) - RECEIVERS.indexOf(other.dialect) ||
    one.number - other.number ||
    (one.ids[0]?.value ?? "").localeCompare(other.ids[0]?.value ?? "")
  );
}
