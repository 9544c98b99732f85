/** Lists the messages of a line for its client, and those of one of its conversations. */
import { AppError } from "../../core/error.ts";
import type { MessageList, MessageView } from "../../store/interface/messages.ts";
import type { OperationContext } from "../context.ts";

/** A page by number, newest first. */
export type MessagePage = {
  readonly appRef: string;
  readonly line: string;
  readonly start: number;
  readonly limit: number;
};

/** The newest messages of a conversation that its summary is made of. */
const SUMMARISED = 100;

/** Refuses with `not_found` an unknown line. */
export async function listMessages(
  context: OperationContext,
  page: MessagePage,
): Promise<MessageList> {
  return await loadList(context, page, null);
}

export type ConversationView = MessageList & {
  readonly newest: MessageView;
  /** Received messages that are not read, among the newest hundred. */
  readonly unread: number;
};

/** Refuses with `not_found` a conversation of another line, like an unknown one or one without messages. */
export async function readConversation(
  context: OperationContext,
  { fingerprint, ...page }: MessagePage & { readonly fingerprint: string },
): Promise<ConversationView> {
  const summarised = { ...page, start: 0, limit: SUMMARISED };
  const { messages: recent, total } = await loadList(context, summarised, fingerprint);
  const [newest] = recent;
  if (newest === undefined) {
    throw new AppError("not_found", `There is no conversation ${fingerprint} of this line.`);
  }
  const isInside = page.start + page.limit <= recent.length || recent.length === total;
  const messages = isInside
    ? recent.slice(page.start, page.start + page.limit)
    : (await loadList(context, page, fingerprint)).messages;
  return { messages, total, newest, unread: recent.filter(isUnread).length };
}

async function loadList(
  { store }: OperationContext,
  { appRef, line, start, limit }: MessagePage,
  fingerprint: string | null,
): Promise<MessageList> {
  const list = await store.messages.list({ appRef, line, fingerprint, start, limit });
  if (list === null) throw new AppError("not_found", `There is no line "${line}".`);
  return list;
}

function isUnread({ message }: MessageView): boolean {
  return message.direction === "inbound" && message.readAt === null;
}
