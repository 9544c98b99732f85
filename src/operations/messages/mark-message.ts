/**
 * A line's client reports that it read or deleted messages. Each report becomes an event like those of a
 * publisher. One publish has all of them, so all are stored or none.
 */
import type { MessageView } from "../../store/interface/messages.ts";
import type { OperationContext } from "../context.ts";
import { plainDraft, publishEvents } from "../events/publish-events.ts";
import type { EventDraft } from "../events/publish-events.ts";
import { readMessage } from "./read-message.ts";
import type { MessageOfLine } from "./read-message.ts";

export type MessageMark = "read" | "deleted";

const TYPES = {
  read: { type: "message.read", time: "readAt" },
  deleted: { type: "message.deleted", time: "deletedAt" },
} as const;

/**
 * Refuses with `not_found` when one of the messages is not the line's, and like a publish. A message that is
 * already marked, or was sent by the line and never unread, makes no event.
 */
export async function markMessages(
  context: OperationContext,
  p: Omit<MessageOfLine, "snowflake"> & {
    readonly snowflakes: readonly bigint[];
    readonly as: MessageMark;
  },
): Promise<void> {
  const { appRef, line, snowflakes, as } = p;
  const views: MessageView[] = [];
  for (const snowflake of new Set(snowflakes)) {
    views.push(await readMessage(context, { appRef, line, snowflake }));
  }
  const drafts = views.filter((view) => isToMark(view, as)).map((view) => draft(context, view, as));
  if (drafts.length === 0) return;
  await publishEvents(context, {
    appRef,
    createApp: null,
    drafts,
    isBatch: drafts.length > 1,
    onDuplicate: "refuse",
    idempotencyKey: null,
  });
}

function isToMark({ message }: MessageView, as: MessageMark): boolean {
  if (as === "deleted") return message.deletedAt === null;
  return message.readAt === null && message.direction === "inbound";
}

/** The event also has the server's id of the message, since the publisher's id is forgotten after a time. */
function draft(context: OperationContext, { message }: MessageView, as: MessageMark): EventDraft {
  const { type, time } = TYPES[as];
  const at = new Date(context.now()).toISOString();
  const payload = { message: { id: message.id }, [time]: at };
  return { ...plainDraft(type, payload), messageSnowflake: message.snowflake };
}
