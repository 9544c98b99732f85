/**
 * Publishes many messages in one request, all or nothing: as a JSON array, or as NDJSON with one message per
 * line. Svix has no such call, so its form follows the single one.
 */
import type { FastifyInstance } from "fastify";
import { AppError } from "../../../core/error.ts";
import type { FieldProblem } from "../../../core/error.ts";
import { JsonScan } from "../../../core/json/json-scan.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { publishEvents } from "../../../operations/events/publish-events.ts";
import type { EventDraft } from "../../../operations/events/publish-events.ts";
import { getEvent } from "../../../operations/events/read-events.ts";
import type { Turn } from "../../../operations/turns.ts";
import { CREATES } from "../../dialect.ts";
import { bodyBytes, findMediaType } from "../../read-body.ts";
import { readIdempotencyKeyInTurns } from "../../read-idempotency-key.ts";
import { beginTurn, READS_IN_TURNS } from "../../scan-in-turns.ts";
import { loadAppCall } from "../caller.ts";
import { countDeliveries, draftAsShown } from "./message.ts";
import { readMessageBody, toMessageBody } from "./message-body.ts";
import { readMessage } from "./message-in.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { mapLazily, sendList } from "./paging.ts";
import { readQuery } from "./query.ts";
import { readArray, readLines, type BatchBytes } from "./read-batch.ts";

const LINE_TYPES = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
export const MEDIA_TYPES = ["application/json", ...LINE_TYPES];
/** The maximum number of problems in an answer. */
const PROBLEM_LIMIT = 20;
const LOADED_AHEAD = 8;

export function mountBatch(scope: FastifyInstance, context: OperationContext): void {
  const bodyLimit = context.settings.batchLimitBytes;
  const options = { bodyLimit, config: { ...CREATES.config, ...READS_IN_TURNS } };
  scope.post("/api/v1/app/:app/msg/batch", options, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "publish");
    const query = readQuery(request);
    const onDuplicate = query.choice("onDuplicate", ["refuse", "skip"]) ?? "refuse";
    const withContent = query.flag("with_content") ?? false;
    query.finish();
    const bytes = bodyBytes(request, null);
    const turn = await beginTurn(caller.id, bytes);
    const given = { bytes, eventLimitBytes: context.settings.eventLimitBytes };
    const isLines = LINE_TYPES.includes(findMediaType(request) ?? "");
    const drafts = await readDrafts(context, { given, isLines, turn });
    const published = await publishEvents(context, {
      appRef,
      createApp: null,
      drafts,
      isBatch: true,
      onDuplicate,
      idempotencyKey: await readIdempotencyKeyInTurns(request, { caller, context, turn }),
      turn,
    });
    const { acceptedAt } = published;
    countDeliveries(reply, published);
    // Skipped events may be far larger than the batch that names them.
    let roomBytes = context.settings.batchLimitBytes;
    const texts = mapLazily(published.events, ({ id, duplicate, deliveries }, index) => {
      const draft = drafts[index] as EventDraft;
      if (!duplicate) {
        const shown = draftAsShown(draft, { id, acceptedAt, withContent });
        return messageOut({ ...shown, deliveries });
      }
      return showFirst(id, deliveries);
    });
    return sendList(reply, 202, { texts: startAhead(texts) });

    /** The first message with this eventId may differ, so the stored one is shown. */
    async function showFirst(id: string, deliveries: number): Promise<string> {
      const first = await getEvent(context, { appRef, ref: id });
      const shown = shownEvent(first, withContent && roomBytes > 0);
      roomBytes -= shown.payload?.length ?? 0;
      return messageOut({ ...shown, deliveries }, { duplicate: true });
    }
  });
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
  await (p.isLines ? readLines : readArray)(given, turn, async (event, index) => {
    if (problems.length >= PROBLEM_LIMIT) return;
    try {
      const body =
        event instanceof JsonScan
          ? readMessageBody(given.bytes, event, [index])
          : toMessageBody(event);
      const { draft } = await readMessage(context, body, { index, turn });
      if (problems.length === 0) drafts.push(draft);
    } catch (error) {
      if (!(error instanceof AppError) || error.problems.length === 0) throw error;
      problems.push(...error.problems);
    }
  });
  const [first] = problems;
  if (first === undefined) return drafts;
  throw new AppError("invalid_field", `${first.path.join(".")}: ${first.message}`, { problems });
}
