/**
 * The events of a batch as a JSON array or as NDJSON: where each stands, found in turns with other
 * work, so that no size of a batch holds the event loop. Nothing is made of them here.
 */
import { AppError } from "../../core/error.ts";
import { brokenJson } from "../../core/json-scan.ts";
import type { JsonScan } from "../../core/json-scan.ts";
import type { Turn } from "../../operations/turns.ts";
import { afterMark } from "../read-body.ts";
import { scanInTurns, scanWhole, skipBlanksInTurns } from "../scan-in-turns.ts";

export const MOST_EVENTS = 1000;

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

type Given = { readonly bytes: Buffer; readonly eventLimitBytes: number };

/** Refuses with `invalid_json`, `invalid_field` and, a single event that is too large, `body_too_large`. */
export async function scanArray(given: Given, turn: Turn): Promise<JsonScan[]> {
  const { bytes } = given;
  const to = bytes.length;
  const skip = (from: number) => skipBlanksInTurns(bytes, turn, { from, to });
  const scans: JsonScan[] = [];
  let at = await skip(0);
  if (bytes[at] !== OPEN_ARRAY) throw await notAList(bytes, turn);
  at = await skip(at + 1);
  while (bytes[at] !== CLOSE_ARRAY || scans.length > 0) {
    const scan = await scanEvent(given, turn, { from: at, to, index: scans.length });
    scans.push(scan);
    checkCount(scans.length);
    at = await skip(scan.at);
    if (bytes[at] === CLOSE_ARRAY) break;
    if (bytes[at] !== COMMA) throw brokenJson(at, to);
    at += 1;
  }
  at = await skip(at + 1);
  if (at < to) throw brokenJson(at, to);
  if (scans.length === 0) throw wrongCount("0");
  return scans;
}

/** Blank lines are no events. */
export async function scanLines(given: Given, turn: Turn): Promise<JsonScan[]> {
  const { bytes } = given;
  const scans: JsonScan[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const to = newline === -1 ? bytes.length : newline;
    const from = await lineStart(bytes, turn, at);
    if (from >= to) {
      at = from;
      continue;
    }
    const index = scans.length;
    const scan = await scanLine(given, turn, { from, to, index });
    scans.push(scan);
    checkCount(scans.length);
    at = to + 1;
  }
  if (scans.length === 0) throw wrongCount("0");
  return scans;
}

/** Lines may begin with a byte order mark, where files were put together. */
async function lineStart(bytes: Buffer, turn: Turn, at: number): Promise<number> {
  const to = bytes.length;
  const from = await skipBlanksInTurns(bytes, turn, { from: at, to });
  const marked = afterMark(bytes, from);
  return marked === from ? from : skipBlanksInTurns(bytes, turn, { from: marked, to });
}

type Place = { readonly from: number; readonly to: number; readonly index: number };

async function scanLine(given: Given, turn: Turn, place: Place): Promise<JsonScan> {
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

function scanEvent({ bytes, eventLimitBytes }: Given, turn: Turn, place: Place): Promise<JsonScan> {
  return scanInTurns(bytes, turn, {
    ...place,
    check(scan) {
      if (scan.start !== -1 && scan.at - scan.start > eventLimitBytes) {
        const message = `Event ${place.index} is larger than ${eventLimitBytes} bytes.`;
        throw new AppError("body_too_large", message);
      }
    },
  });
}

/** JSON of another kind has a refusal of its own. */
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
