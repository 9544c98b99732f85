/**
 * The webhooks of an account as Sendblue's calls see them: a list per type, in which a URL stands
 * once, and one secret for all that have none of their own. Adding, replacing and removing are pure;
 * nothing here knows how the set is stored.
 */
import type { WebhookType } from "./webhook-types.ts";

export type Entry = {
  /** As it is called, without a password: this tells two entries of a type apart. */
  readonly url: string;
  /** As its owner writes it: the same but for spelling. */
  readonly shownUrl: string;
  /** Of the URL, in clear, as a request gives it; null keeps the one that is stored. */
  readonly password: string | null;
  /** How it was given, and is given back. */
  readonly form: "string" | "object";
  /** Of its own; null takes the global one. */
  readonly secret: string | null;
  /** The lines whose messages it gets; null is all of them. */
  readonly numbers: readonly string[] | null;
};

/** An entry that is stored, or will be when it has no endpoint yet. */
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

/** A URL that is there already stays in its place, as the newest entry has it in everything else. */
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

/** Everything that is not named goes; what is named keeps its endpoint, and with it what it is owed. */
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

/** URLs that are not there are not missed. */
export function removeWebhooks(
  set: WebhookSet,
  p: { readonly type: WebhookType; readonly urls: ReadonlySet<string> },
): WebhookSet {
  const kept = toList(set, p.type).filter(
    ({ url, shownUrl }) => !p.urls.has(url) && !p.urls.has(shownUrl),
  );
  return { ...set, lists: new Map(set.lists).set(p.type, kept) };
}

/** Each URL once, where it came first and as it came last, on the endpoint it had. */
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
