/**
 * Svix's paging. An iterator is the id of the last item of a page, and `prevIterator` the one of the
 * first with a minus before it; both say where to go on, so a list that grows is never read twice.
 */
import type { FastifyReply } from "fastify";
import { isId } from "../../core/ids.ts";
import type { Page, PageRequest } from "../../operations/context.ts";
import { printInTurns } from "../print-in-turns.ts";
import type { QueryReader } from "./query.ts";

const DEFAULT_LIMIT = 50;
export const MOST_ITEMS = 250;

/**
 * What Svix takes on some list of the same family. Its server passes over what a list does not know,
 * and its clients have come to send it.
 */
const CONFIGURATION_PARAMETERS = ["order", "include_archived", "with_content"];
const HISTORY_PARAMETERS =
  "order with_content with_msg expanded_statuses endpoint_id status status_code_class channel tag event_types before after".split(
    " ",
  );

type ListKind = {
  /** Whether a text can be an iterator of this list. */
  readonly isCursor: (text: string) => boolean;
  /** A `choose` list takes the parameter `order`; without it the order is the one that is named. */
  readonly order: "choose_oldest" | "choose_newest" | "newest_first" | "oldest_first";
};

export const byId = {
  app: (text: string) => isId(text, "app_") || isId(text, "app_test_"),
  endpoint: (text: string) => /^(ep|whk|whk_test)_[0-9A-Za-z]{27}$/.test(text),
  event: (text: string) => isId(text, "msg_"),
  attempt: (text: string) => isId(text, "atmpt_"),
} as const;

export function readWindow(query: QueryReader, { isCursor, order }: ListKind): PageRequest {
  const limit = query.integer("limit", { min: 1, max: MOST_ITEMS }) ?? DEFAULT_LIMIT;
  const iterator = query.text("iterator") ?? null;
  const backward = iterator?.startsWith("-") ?? false;
  const after = backward ? (iterator as string).slice(1) : iterator;
  if (after !== null && !isCursor(after))
    query.refuse("iterator", "is not an iterator of this list");
  const isChoice = order === "choose_oldest" || order === "choose_newest";
  query.letThrough(isChoice ? CONFIGURATION_PARAMETERS : HISTORY_PARAMETERS);
  const chosen = isChoice ? query.choice("order", ["ascending", "descending"]) : undefined;
  const isOldestFirst = order === "choose_oldest" || order === "oldest_first";
  const ascending = chosen === undefined ? isOldestFirst : chosen === "ascending";
  return { after, limit, backward, ascending };
}

/** A page, each item printed by `text`, with the id that a reader goes on from. */
export async function sendPage<T>(
  reply: FastifyReply,
  page: Page<T>,
  item: { readonly id: (item: T) => string; readonly text: (item: T) => string },
): Promise<FastifyReply> {
  const { items, done } = page;
  const [first] = items;
  const last = items.at(-1);
  const iterator = last === undefined ? null : item.id(last);
  const prevIterator = first === undefined ? null : `-${item.id(first)}`;
  return await sendList(reply, 200, {
    texts: mapLazily(items, item.text),
    more: { iterator, prevIterator, done },
  });
}

/** The list `data`, then what else the answer holds. Each text is asked for when the one before is printed. */
export async function sendList(
  reply: FastifyReply,
  status: number,
  list: { readonly texts: Iterable<string | Promise<string>>; readonly more?: object },
): Promise<FastifyReply> {
  return await sendParts(reply, status, toListParts(list));
}

export const NO_ITEMS = { items: [], done: true } as const;

/** JSON that is printed already, such as one with a payload that must stay as it came. */
export async function sendText(
  reply: FastifyReply,
  status: number,
  text: string,
): Promise<FastifyReply> {
  return await sendParts(reply, status, [text]);
}

async function sendParts(
  reply: FastifyReply,
  status: number,
  parts: Iterable<string | Promise<string>>,
): Promise<FastifyReply> {
  const { headers, ip } = reply.request;
  const printed = await printInTurns(headers.authorization ?? ip, parts);
  return reply.code(status).header("content-type", "application/json; charset=utf-8").send(printed);
}

function* toListParts({
  texts,
  more = {},
}: {
  readonly texts: Iterable<string | Promise<string>>;
  readonly more?: object;
}): Generator<string | Promise<string>> {
  let before = '{"data":[';
  for (const text of texts) {
    yield before;
    yield text;
    before = ",";
  }
  if (before !== ",") yield before;
  const rest = JSON.stringify(more);
  yield rest === "{}" ? "]}" : `],${rest.slice(1)}`;
}

export function* mapLazily<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => R,
): Generator<R> {
  for (const [index, item] of items.entries()) yield map(item, index);
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
