/**
 * Svix's paging. An iterator is the id of a page's last item, and `prevIterator` is a minus and the id of its
 * first item. Both are positions, so reading a growing list repeats no item.
 */
import type { FastifyReply } from "fastify";
import { isId } from "../../../core/ids/ids.ts";
import type { Page, PageRequest } from "../../../operations/context.ts";
import { findTextMask } from "../personal.ts";
import { printInTurns, type PrintedPieces } from "../../print-in-turns.ts";
import { PIECE_BYTES } from "../../scan-in-turns.ts";

export const MOST_ITEMS = 250;

/**
 * Parameters that Svix accepts on some list of the same family. Svix's server ignores those that a list does
 * not know, so its clients send them.
 */
export const CONFIGURATION_PARAMETERS = ["order", "include_archived", "with_content"];
export const HISTORY_PARAMETERS =
  "order with_content with_msg expanded_statuses endpoint_id status status_code_class channel tag event_types before after".split(
    " ",
  );

export type ListKind = {
  /** Whether a text can be an iterator of this list. */
  readonly isCursor: (text: string) => boolean;
  /** A `choose` list accepts the parameter `order`, and has the named order by default. */
  readonly order: "choose_oldest" | "choose_newest" | "newest_first" | "oldest_first";
};

export const byId = {
  app: (text: string) => isId(text, "app_") || isId(text, "app_test_"),
  endpoint: (text: string) => /^(ep|whk|whk_test)_[0-9A-Za-z]{27}$/.test(text),
  event: (text: string) => isId(text, "msg_"),
  attempt: (text: string) => isId(text, "atmpt_"),
  poller: (text: string) => isId(text, "poll_"),
} as const;

/**
 * A page whose items `text` prints, each with the id for the iterator. A page that may end early has its request as
 * `window`.
 */
export async function sendPage<T>(
  reply: FastifyReply,
  page: Page<T>,
  item: {
    readonly id: (item: T) => string;
    readonly text: (item: T) => string;
    readonly window?: Pick<PageRequest, "backward">;
  },
): Promise<FastifyReply> {
  const { id, text, window = { backward: false } } = item;
  return await sendList(reply, 200, {
    texts: mapLazily(page.items, text),
    more: { ...toIterators(page, window, id), done: page.done },
  });
}

/** The iterators of a page that may have ended early: then the next one continues where it ended. */
export function toIterators<T>(
  { items, next }: Pick<Page<T>, "items" | "next">,
  window: Pick<PageRequest, "backward">,
  id: (item: T) => string,
): { readonly iterator: string | null; readonly prevIterator: string | null } {
  const ids = [items[0], items.at(-1)].map((item) => (item === undefined ? null : id(item)));
  const end = window.backward ? 0 : 1;
  if (next !== undefined) ids[end] = next;
  const [first = null, last = null] = ids;
  return { iterator: last, prevIterator: first === null ? null : `-${first}` };
}

/** All items of a short list as its only page. */
export async function sendAll<T>(
  reply: FastifyReply,
  items: readonly T[],
  item: { readonly id: (item: T) => string; readonly out: (item: T) => object },
): Promise<FastifyReply> {
  const text = (one: T) => JSON.stringify(item.out(one));
  return await sendPage(reply, { items, done: true }, { id: item.id, text });
}

/**
 * The list `data`, then the other fields of the answer. Each text is requested after the previous one is
 * printed.
 */
export async function sendList(
  reply: FastifyReply,
  status: number,
  list: { readonly texts: Iterable<string | Promise<string>>; readonly more?: object },
): Promise<FastifyReply> {
  const mask = findTextMask(reply.request, "item");
  const texts = mask === null ? list.texts : maskEach(list.texts, mask);
  const rest = JSON.stringify(list.more ?? {});
  const maskRest = findTextMask(reply.request, "answer");
  return await print(reply, status, toListParts(texts, maskRest?.(rest) ?? rest));
}

/** JSON text, such as one with a payload that must stay unchanged. */
export function sendText(
  reply: FastifyReply,
  status: number,
  text: string,
): FastifyReply | Promise<FastifyReply> {
  const isWhole = text.length < PIECE_BYTES && findTextMask(reply.request, "answer") === null;
  return isWhole ? send(reply, status, text) : sendParts(reply, status, [text]);
}

/** JSON text that is printed in parts, so that a long one holds up nothing else. */
export async function sendParts(
  reply: FastifyReply,
  status: number,
  parts: Iterable<string | Promise<string>>,
): Promise<FastifyReply> {
  const mask = findTextMask(reply.request, "answer");
  return await print(reply, status, mask === null ? parts : [maskWhole(parts, mask)]);
}

async function print(
  reply: FastifyReply,
  status: number,
  parts: Iterable<string | Promise<string>>,
): Promise<FastifyReply> {
  const { headers, ip } = reply.request;
  return send(reply, status, await printInTurns(headers.authorization ?? ip, parts));
}

function send(reply: FastifyReply, status: number, printed: string | PrintedPieces): FastifyReply {
  return reply.code(status).header("content-type", "application/json; charset=utf-8").send(printed);
}

function* maskEach(
  texts: Iterable<string | Promise<string>>,
  mask: (text: string) => string,
): Generator<string | Promise<string>> {
  for (const text of texts) yield typeof text === "string" ? mask(text) : text.then(mask);
}

async function maskWhole(
  parts: Iterable<string | Promise<string>>,
  mask: (text: string) => string,
): Promise<string> {
  let whole = "";
  for (const part of parts) whole += await part;
  return mask(whole);
}

function* toListParts(
  texts: Iterable<string | Promise<string>>,
  rest: string,
): Generator<string | Promise<string>> {
  let before = '{"data":[';
  for (const text of texts) {
    yield before;
    yield text;
    before = ",";
  }
  if (before !== ",") yield before;
  yield rest === "{}" ? "]}" : `],${rest.slice(1)}`;
}

export function* mapLazily<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => R,
): Generator<R> {
  for (const [index, item] of items.entries()) yield map(item, index);
}

let printed = { at: Number.NaN, text: "" };

/** The events of a batch have one time, and printing it takes 0.6 µs. */
export function isoTime(at: number): string {
  if (at !== printed.at) printed = { at, text: new Date(at).toISOString() };
  return printed.text;
}
