/**
 * Prints answers of any size without blocking the event loop. A page of large payloads is encoded a piece at
 * a time, in turns with other work. Each piece is sent when the client has room.
 */
import { Readable } from "node:stream";
import { loopTurns } from "../operations/turns.ts";
import type { Turn, Turns } from "../operations/turns.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";

/** Encoding this many characters takes a fraction of a millisecond. */
const PIECE_CHARACTERS = 4 * PIECE_BYTES;

/** An answer that is complete in memory, in pieces. As a stream, it emits one slice at a time. */
export class PrintedPieces extends Readable {
  readonly bytes: number;
  readonly #slices: Iterator<Buffer>;

  constructor(pieces: readonly Buffer[]) {
    super();
    this.bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#slices = toSlices(pieces);
  }

  override _read(): void {
    const { done, value } = this.#slices.next();
    this.push(done === true ? null : value);
  }
}

/**
 * The joined parts, as one text when the answer is small. Each part is requested after the previous one is
 * printed, so making the parts takes turns as well. `owner` names the client of the answer.
 */
export async function printInTurns(
  owner: string,
  parts: Iterable<string | Promise<string>>,
  turns: Turns = loopTurns,
): Promise<string | PrintedPieces> {
  const pieces: Buffer[] = [];
  let turn: Turn | undefined;
  let text = "";
  for (const part of parts) {
    text += typeof part === "string" ? part : await part;
    if (text.length < PIECE_BYTES) continue;
    if (turn === undefined) {
      turn = turns.begin(owner);
      await turn.next();
    }
    // The other half of a surrogate pair may begin the next part.
    const end = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    for (let from = 0; from < end;) {
      const to = findPieceEnd(text, from, end);
      pieces.push(Buffer.from(text.slice(from, to)));
      from = to;
      if (turn.isOver()) await turn.next();
    }
    text = text.slice(end);
  }
  if (pieces.length === 0) return text;
  pieces.push(Buffer.from(text));
  return new PrintedPieces(pieces);
}

/** No piece ends between the halves of a surrogate pair. */
function findPieceEnd(text: string, from: number, end: number): number {
  const to = from + PIECE_CHARACTERS;
  if (to >= end) return end;
  return isHighSurrogate(text.charCodeAt(to - 1)) ? to - 1 : to;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function* toSlices(pieces: readonly Buffer[]): Generator<Buffer> {
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += PIECE_BYTES) {
      yield piece.subarray(from, from + PIECE_BYTES);
    }
  }
}
