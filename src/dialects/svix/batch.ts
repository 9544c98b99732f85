/**
 * Many messages in one request, all or nothing: a JSON array, or a line of JSON for each (NDJSON).
 * Svix has no such call; everything about it follows the single one.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../core/error.ts";
import type { FieldProblem } from "../../core/error.ts";
import { sliceElements } from "../../core/json-slice.ts";
import { parseJson } from "../../core/json.ts";
import type { JsonValue } from "../../core/json.ts";
import type { OperationContext } from "../../operations/context.ts";
import { publishEvents } from "../../operations/publish-events.ts";
import type { EventDraft } from "../../operations/publish-events.ts";
import { getEvent } from "../../operations/resend-message.ts";
import { bodyText, mediaTypeOf } from "../read-body.ts";
import { readOnce } from "../read-once.ts";
import { appCallOf } from "./caller.ts";
import { draftAsShown } from "./message.ts";
import { readMessage } from "./message-in.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { sendText } from "./paging.ts";
import { readQuery } from "./query.ts";

export const MOST_EVENTS = 1000;
const LINE_TYPES = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
export const MEDIA_TYPES = ["application/json", ...LINE_TYPES];
/** Nobody repairs more at once. */
const PROBLEM_LIMIT = 20;

type Element = { readonly text: string; readonly value: JsonValue };

export function mountBatch(scope: FastifyInstance, context: OperationContext): void {
  const bodyLimit = context.settings.batchLimitBytes;
  scope.post("/api/v1/app/:app/msg/batch", { bodyLimit }, async (request, reply) => {
    const { caller, appRef } = await appCallOf(context, request, "publish");
    const query = readQuery(request);
    const onDuplicate = query.choice("onDuplicate", ["refuse", "skip"]) ?? "refuse";
    const withContent = query.flag("with_content") ?? false;
    query.finish();
    const drafts = readDrafts(context, readElements(request));
    const published = await publishEvents(context, {
      appRef,
      createApp: null,
      drafts,
      isBatch: true,
      onDuplicate,
      once: readOnce(request, caller, context),
    });
    const { acceptedAt } = published;
    const showing = published.events.map(async ({ id, duplicate }, index) => {
      const draft = drafts[index] as EventDraft;
      if (!duplicate) return messageOut(draftAsShown(draft, { id, acceptedAt, withContent }));
      // The first one under this eventId may have said other things, so it is shown as it is kept.
      const first = await getEvent(context, { appRef, ref: id });
      return messageOut(shownEvent(first, withContent), { duplicate });
    });
    const shown = await Promise.all(showing);
    return sendText(reply, 202, `{"data":[${shown.join(",")}]}`);
  });
}

function readElements(request: FastifyRequest): readonly Element[] {
  const text = bodyText(request, MEDIA_TYPES);
  const elements = LINE_TYPES.includes(mediaTypeOf(request) ?? "") ? linesOf(text) : itemsOf(text);
  if (elements.length >= 1 && elements.length <= MOST_EVENTS) return elements;
  const message = `must have 1 to ${MOST_EVENTS} events; it has ${elements.length}`;
  throw new AppError("invalid_field", `The batch ${message}.`, {
    problems: [{ path: ["body"], message, kind: "value_error" }],
  });
}

function itemsOf(text: string): Element[] {
  const values = parseJson(text);
  if (!Array.isArray(values)) {
    const message = "must be a list of messages";
    throw new AppError("invalid_field", `The body ${message}.`, {
      problems: [{ path: ["body"], message, kind: "type_error.list" }],
    });
  }
  const texts = sliceElements(text) ?? [];
  return (values as readonly JsonValue[]).map((value, index) => ({
    value,
    text: texts[index] ?? "",
  }));
}

/** Blank lines are no events. */
function linesOf(text: string): Element[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > MOST_EVENTS) return lines.map((line) => ({ text: line, value: null }));
  return lines.map((line, index) => {
    try {
      return { text: line, value: parseJson(line) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `Event ${index}: ${error.message}`, {
        problems: [{ path: [index], message: error.message, kind: "value_error" }],
        cause: error,
      });
    }
  });
}

function readDrafts(context: OperationContext, elements: readonly Element[]): EventDraft[] {
  const limit = context.settings.eventLimitBytes;
  const problems: FieldProblem[] = [];
  const drafts: EventDraft[] = [];
  for (const [index, element] of elements.entries()) {
    if (Buffer.byteLength(element.text) > limit) {
      throw new AppError("body_too_large", `Event ${index} is larger than ${limit} bytes.`);
    }
    try {
      drafts.push(readMessage(context, element, index).draft);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push(...error.problems);
    }
    if (problems.length >= PROBLEM_LIMIT) break;
  }
  const [first] = problems;
  if (first === undefined) return drafts;
  throw new AppError("invalid_field", `${first.path.join(".")}: ${first.message}`, { problems });
}
