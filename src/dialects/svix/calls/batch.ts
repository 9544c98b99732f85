/**
 * Publishes many messages in one request, all or nothing: as a JSON array, or as NDJSON with one message per
 * line. Svix has no such call, so its form follows the single one.
 */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { AppError } from "../../../core/error.ts";
import type { FieldProblem } from "../../../core/error.ts";
import { JsonScan } from "../../../core/json/json-scan.ts";
import { LIMITS } from "../../../core/limits.ts";
import { refuseLimit } from "../../../core/limits/limit.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { isBuiltIn } from "../../../operations/event-types/built-in.ts";
import { PROBLEM_LIMIT, publishEvents } from "../../../operations/events/publish-events.ts";
import type { EventDraft, Published } from "../../../operations/events/publish-events.ts";
import { getEvent } from "../../../operations/events/read-events.ts";
import type { Turn } from "../../../operations/turns.ts";
import { CREATES } from "../../dialect.ts";
import { bodyBytes, findMediaType } from "../../read-body.ts";
import { readIdempotencyKeyInTurns } from "../../read-idempotency-key.ts";
import { beginTurn, READS_IN_TURNS } from "../../scan-in-turns.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { answer, shown } from "./document-fields.ts";
import { readMessageBody, toMessageBody } from "./message-body.ts";
import { readMessage, type MessageIn } from "./message-in.ts";
import { setDeliveryCount, draftAsShown, messageOut, shownEvent } from "./message-out.ts";
import {
  batchMessage,
  eventIn,
  EXAMPLE_MESSAGE_OUT,
  PUBLISHING,
  withContent,
} from "./message-schema.ts";
import { mapLazily, sendList } from "./paging.ts";
import { MOST_EVENTS, readArray, readLines, type BatchBytes } from "./read-batch.ts";

const LINE_TYPES = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
const LOADED_AHEAD = 8;

export const publishBatch: Call = {
  ...defineCall({
    tag: "Message",
    id: "createMessages",
    publishes: true,
    portal: null,
    operator: "operator",
    summary: "Publish many messages",
    description: `Publishes all messages or none: a JSON array of 1 to ${MOST_EVENTS}, or NDJSON with one message per line.`,
    method: "POST",
    path: "/api/v1/app/:app/msg/batch",
    access: asAppCaller("publish"),
    idempotent: true,
    route: ({ settings }) => ({
      bodyLimit: settings.limits.batchBytes,
      config: {
        ...CREATES.config,
        ...READS_IN_TURNS,
        bodyTooLarge: () => refuseLimit(LIMITS.batchBytes, settings.limits.batchBytes),
      },
    }),
    query: Type.Object({
      onDuplicate: Type.Optional(
        Type.Enum(["refuse", "skip"], {
          description:
            "For an eventId that was published before: refuse the batch, or skip the message (default: refuse).",
        }),
      ),
      with_content: withContent,
    }),
    example: {
      query: { onDuplicate: "skip" },
      body: [{ eventType: "order.paid", eventId: "order-7", payload: { total: 4200 } }],
    },
    answers: {
      202: answer(
        "All messages are accepted, in the order of the request.",
        shown("BatchOut", { data: Type.Array(batchMessage) }),
        {
          data: [
            {
              ...EXAMPLE_MESSAGE_OUT,
              eventId: "order-7",
              eventType: "order.paid",
              deliveries: 1,
              payload: {},
            },
          ],
        },
      ),
    },
    refusals: PUBLISHING,
    async handle({ context, caller, appRef, query, request, reply }) {
      const bytes = bodyBytes(request, null);
      const turn = await beginTurn(caller.id, bytes);
      const given = { bytes, eventBytes: context.settings.limits.eventBytes };
      const isLines = LINE_TYPES.includes(findMediaType(request) ?? "");
      const drafts = await readDrafts(context, { given, isLines, turn });
      const published = await publishEvents(context, {
        appRef,
        createApp: null,
        drafts,
        isBatch: true,
        onDuplicate: query.onDuplicate ?? "refuse",
        idempotencyKey: await readIdempotencyKeyInTurns(request, { caller, context, turn }),
        turn,
      });
      setDeliveryCount(reply, published);
      const isShown = query.with_content ?? false;
      return sendPublished(context, reply, { appRef, drafts, published, withContent: isShown });
    },
  }),
  body: {
    schema: Type.Array(eventIn, { minItems: 1, maxItems: MOST_EVENTS }),
    mediaTypes: ["application/json", ...LINE_TYPES],
    required: true,
  },
};

async function sendPublished(
  context: OperationContext,
  reply: FastifyReply,
  p: {
    readonly appRef: string;
    readonly drafts: readonly EventDraft[];
    readonly published: Published;
    readonly withContent: boolean;
  },
): Promise<FastifyReply> {
  const { appRef, drafts, published } = p;
  const { acceptedAt } = published;
  // Skipped events may be far larger than the batch that names them.
  let roomBytes = context.settings.limits.batchBytes;
  const texts = mapLazily(published.events, ({ id, duplicate, deliveries }, index) => {
    if (duplicate) return showFirst(id, deliveries);
    const draft = drafts[index] as EventDraft;
    const shownDraft = draftAsShown(draft, { id, acceptedAt, withContent: p.withContent });
    return messageOut({ ...shownDraft, deliveries });
  });
  return sendList(reply, 202, { texts: startAhead(texts) });

  /** The first message with this eventId may differ, so the stored one is shown. */
  async function showFirst(id: string, deliveries: number): Promise<string> {
    const first = shownEvent(
      await getEvent(context, { appRef, ref: id }),
      p.withContent && roomBytes > 0,
    );
    roomBytes -= first.payload?.length ?? 0;
    return messageOut({ ...first, deliveries }, { duplicate: true });
  }
}

/** Loads a few skipped events at once, and never all of them. */
function* startAhead(
  texts: Iterable<string | Promise<string>>,
): Generator<string | Promise<string>> {
  const started: (string | Promise<string>)[] = [];
  for (const text of texts) {
    // Its reader may have stopped at the failure of an earlier one.
    if (text instanceof Promise) text.catch(() => {});
    started.push(text);
    if (started.length > LOADED_AHEAD) yield started.shift() ?? "";
  }
  yield* started;
}

async function readDrafts(
  context: OperationContext,
  p: { readonly given: BatchBytes; readonly isLines: boolean; readonly turn: Turn },
): Promise<EventDraft[]> {
  const { given, turn } = p;
  const problems: FieldProblem[] = [];
  const drafts: EventDraft[] = [];
  const isRead = (type: string) => isBuiltIn(context, type);
  const keep = ({ draft }: MessageIn): void => {
    if (problems.length === 0) drafts.push(draft);
  };
  const noteProblems = (error: unknown): void => {
    if (!(error instanceof AppError) || error.problems.length === 0) throw error;
    problems.push(...error.problems);
  };
  await (p.isLines ? readLines : readArray)(given, turn, (event, index) => {
    if (problems.length >= PROBLEM_LIMIT) return undefined;
    try {
      const body =
        event instanceof JsonScan
          ? readMessageBody(given.bytes, event, { path: [index], isRead })
          : toMessageBody(event);
      const read = readMessage(context, body, { index, turn });
      if (read instanceof Promise) return read.then(keep).catch(noteProblems);
      keep(read);
    } catch (error) {
      noteProblems(error);
    }
    return undefined;
  });
  const [first] = problems;
  if (first === undefined) return drafts;
  throw new AppError("invalid_field", `${first.path.join(".")}: ${first.message}`, { problems });
}
