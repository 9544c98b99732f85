/** Reads messages and their attachments for a line's client, which sees only its own. */
import { AppError } from "../../core/error.ts";
import type { Attachment, MessageView } from "../../store/interface/messages.ts";
import type { OperationContext } from "../context.ts";

export type MessageOfLine = {
  readonly appRef: string;
  /** The line's number, because a message may be older than the line's registration. */
  readonly line: string;
  readonly snowflake: bigint;
};

/** Refuses with `not_found` a message of another line, like an unknown one. */
export async function readMessage(
  context: OperationContext,
  { appRef, line, snowflake }: MessageOfLine,
): Promise<MessageView> {
  const view = await context.store.messages.get({ appRef, snowflake });
  if (view?.line?.number !== line) throw unknownMessage(snowflake);
  return view;
}

export type AttachmentList = {
  /** The stored whole text comes first, then the media. */
  readonly attachments: readonly Attachment[];
  readonly message: MessageView;
};

/** Refuses like `readMessage`. */
export async function listAttachments(
  context: OperationContext,
  p: MessageOfLine,
): Promise<AttachmentList> {
  const message = await readMessage(context, p);
  const { appRef, snowflake } = p;
  const attachments = await context.store.messages.attachments({ appRef, snowflake });
  if (attachments === null) throw unknownMessage(snowflake);
  return { attachments, message };
}

function unknownMessage(snowflake: bigint): AppError {
  return new AppError("not_found", `There is no message ${snowflake} of this line.`);
}
