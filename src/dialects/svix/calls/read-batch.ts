/**
 * Reads the events of a batch, a JSON array or NDJSON, one by one. It works in turns with other work, so that
 * a batch of any size does not block the event loop. A small event is parsed as a whole. In a large one the
 * scanner locates the members without parsing them.
 */
import { AppError } from "../../../core/error.ts";
import { brokenJson, skipBlanks, type JsonScan } from "../../../core/json/json-scan.ts";
import { LIMITS } from "../../../core/limits.ts";
import { refuseLimit } from "../../../core/limits/limit.ts";
import type { Turn } from "../../../operations/turns.ts";
import { afterMark } from "../../read-body.ts";
import { scanInTurns, scanWhole, skipBlanksInTurns } from "../../scan-in-turns.ts";
import { SmallObjects, type ParsedObject } from "../../small-objects.ts";

export const { value: MOST_EVENTS } = LIMITS.eventsPerBatch;

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

export type BatchBytes = { readonly bytes: Buffer; readonly eventBytes: number };

export type BatchEvent = ParsedObject | JsonScan;

/**
 * Called for each event in turn, before the rest of the batch is read. Most events need no promise, and waiting
 * for one costs as much as reading a small event.
 */
export type TakeEvent = (event: BatchEvent, index: number) => void | Promise<void>;

/**
 * Refuses with `invalid_json` or `invalid_field`, and with `body_too_large` for a single event that is too
 * large.
 */
export async function readArray(given: BatchBytes, turn: Turn, take: TakeEvent): Promise<void> {
  const { bytes } = given;
  const to = bytes.length;
  const skip = (from: number) => skipBlanksInTurns(bytes, turn, { from, to });
  const small = new SmallObjects(bytes, given.eventBytes);
  let at = await skip(0);
  if (bytes[at] !== OPEN_ARRAY) throw await notAList(bytes, turn);
  at = await skip(at + 1);
  let count = 0;
  while (bytes[at] !== CLOSE_ARRAY || count > 0) {
    const place = { from: at, to, index: count };
    const event = small.parseAt(at) ?? (await scanEvent(given, turn, place));
    count += 1;
    checkCount(count);
    const taking = take(event, place.index);
    if (taking !== undefined) await taking;
    if (turn.isOver()) await turn.next();
    const end = skip(event.at);
    at = typeof end === "number" ? end : await end;
    if (bytes[at] === CLOSE_ARRAY) break;
    if (bytes[at] !== COMMA) throw brokenJson(at, to);
    const next = skip(at + 1);
    at = typeof next === "number" ? next : await next;
  }
  at = await skip(at + 1);
  if (at < to) throw brokenJson(at, to);
  if (count === 0) throw wrongCount("0");
}

/** Blank lines are not events. */
export async function readLines(given: BatchBytes, turn: Turn, take: TakeEvent): Promise<void> {
  const { bytes } = given;
  const small = new SmallObjects(bytes, given.eventBytes);
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const to = newline === -1 ? bytes.length : newline;
    const from = await lineStart(bytes, turn, at);
    if (from >= to) {
      at = from;
      continue;
    }
    const index = count;
    const parsed = small.parseAt(from);
    const isLine = parsed !== null && skipBlanks(bytes, parsed.at, to) === to;
    const event = isLine ? parsed : await scanLine(given, turn, { from, to, index });
    count += 1;
    checkCount(count);
    const taking = take(event, index);
    if (taking !== undefined) await taking;
    if (turn.isOver()) await turn.next();
    at = to + 1;
  }
  if (count === 0) throw wrongCount("0");
}

/** A line may begin with a byte order mark, when files were concatenated. */
async function lineStart(bytes: Buffer, turn: Turn, at: number): Promise<number> {
  const to = bytes.length;
  const from = await skipBlanksInTurns(bytes, turn, { from: at, to });
  const marked = afterMark(bytes, from);
  return marked === from ? from : skipBlanksInTurns(bytes, turn, { from: marked, to });
}

type Place = { readonly from: number; readonly to: number; readonly index: number };

async function scanLine(given: BatchBytes, turn: Turn, place: Place): Promise<JsonScan> {
  const { index, to } = place;
  try {
    const scan = await scanEvent(given, turn, place);
    const rest = await skipBlanksInTurns(given.bytes, turn, { from: scan.at, to });
    if (rest < to) throw brokenJson(rest, to);
    return scan;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "invalid_json") throw error;
    throw new AppError(error.code, `Event ${index}: ${error.message}`, {
      problems: [{ path: [index], message: error.message, kind: "value_error" }],
      cause: error,
    });
  }
}

function scanEvent({ bytes, eventBytes }: BatchBytes, turn: Turn, place: Place): Promise<JsonScan> {
  return scanInTurns(bytes, turn, {
    ...place,
    check(scan) {
      if (scan.start !== -1 && scan.at - scan.start > eventBytes) {
        const { code, message, limit } = refuseLimit(LIMITS.eventBytes, eventBytes);
        throw new AppError(code, `Event ${place.index} is too large. ${message}`, { limit });
      }
    },
  });
}

/** JSON that is not an array has a separate refusal. */
async function notAList(bytes: Buffer, turn: Turn): Promise<AppError> {
  await scanWhole(bytes, turn);
  const message = "must be a list of messages";
  return new AppError("invalid_field", `The body ${message}.`, {
    problems: [{ path: ["body"], message, kind: "type_error.list" }],
  });
}

function checkCount(count: number): void {
  if (count > MOST_EVENTS) throw wrongCount(`more than ${MOST_EVENTS}`);
}

function wrongCount(has: string): AppError {
  const message = `must have 1 to ${MOST_EVENTS} events; it has ${has}`;
  return new AppError("invalid_field", `The batch ${message}.`, {
    problems: [{ path: ["body"], message, kind: "value_error" }],
  });
}
