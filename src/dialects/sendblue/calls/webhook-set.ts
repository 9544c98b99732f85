/**
 * The webhooks of an account as Sendblue's calls see them: a list per type with each URL once, and one secret
 * for all entries without a secret. Adding, replacing and removing are pure functions, independent of how the
 * set is stored.
 */
import type { WebhookType } from "../webhooks/webhook-types.ts";

export type Entry = {
  /** The URL that is called, without a password. It identifies an entry within a type. */
  readonly url: string;
  /** The owner's spelling of the same URL. */
  readonly shownUrl: string;
  /** Password of the URL in clear text, from a request. Null keeps the stored one. */
  readonly password: string | null;
  /** The form in which the entry was given and is returned. */
  readonly form: "string" | "object";
  /** The entry's secret. Null uses the global one. */
  readonly secret: string | null;
  /** Lines whose messages the webhook gets. Null means all lines. */
  readonly numbers: readonly string[] | null;
};

/** A stored entry, or a new one that has no endpoint yet. */
export type PlacedEntry = Entry & { readonly endpointId: string | null };

export type WebhookSet = {
  readonly lists: ReadonlyMap<WebhookType, readonly PlacedEntry[]>;
  readonly globalSecret: string | null;
};

/** The global secret in a request: undefined keeps it, "" removes it. */
type GivenSecret = string | undefined;

export function toList(set: WebhookSet, type: WebhookType): readonly PlacedEntry[] {
  return set.lists.get(type) ?? [];
}

/** A URL that the type already has keeps its position and takes everything else from the newest entry. */
export function addWebhooks(
  set: WebhookSet,
  p: {
    readonly type: WebhookType;
    readonly entries: readonly Entry[];
    readonly globalSecret: GivenSecret;
  },
): WebhookSet {
  const before = toList(set, p.type);
  const lists = new Map(set.lists).set(p.type, placed([...before, ...p.entries], before));
  return { lists, globalSecret: nextSecret(set, p.globalSecret) };
}

/** Removes every entry that is not named. A named entry keeps its endpoint and its pending deliveries. */
export function replaceWebhooks(
  set: WebhookSet,
  p: {
    readonly lists: ReadonlyMap<WebhookType, readonly Entry[]>;
    readonly globalSecret: GivenSecret;
  },
): WebhookSet {
  const lists = new Map<WebhookType, readonly PlacedEntry[]>();
  for (const [type, entries] of p.lists) lists.set(type, placed(entries, toList(set, type)));
  return { lists, globalSecret: nextSecret(set, p.globalSecret) };
}

/** Ignores URLs that the type does not have. */
export function removeWebhooks(
  set: WebhookSet,
  p: { readonly type: WebhookType; readonly urls: ReadonlySet<string> },
): WebhookSet {
  const kept = toList(set, p.type).filter(
    ({ url, shownUrl }) => !p.urls.has(url) && !p.urls.has(shownUrl),
  );
  return { ...set, lists: new Map(set.lists).set(p.type, kept) };
}

/** Each URL once, at its first position, with the fields of its last entry and its previous endpoint. */
function placed(entries: readonly Entry[], before: readonly PlacedEntry[]): readonly PlacedEntry[] {
  const endpoints = new Map(before.map(({ url, endpointId }) => [url, endpointId]));
  const byUrl = new Map<string, PlacedEntry>();
  for (const entry of entries) {
    byUrl.set(entry.url, { ...entry, endpointId: endpoints.get(entry.url) ?? null });
  }
  return [...byUrl.values()];
}

function nextSecret(set: WebhookSet, given: GivenSecret): string | null {
  if (given === undefined) return set.globalSecret;
  return given === "" ? null : given;
}
