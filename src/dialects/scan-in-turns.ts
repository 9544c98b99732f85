/** Scans bodies of any size without blocking the event loop: a piece at a time, in turns. */
import { brokenJson, JsonScan, skipBlanks } from "../core/json/json-scan.ts";
import { loopTurns } from "../operations/turns.ts";
import type { Turn } from "../operations/turns.ts";

/** Bytes that take a millisecond or two to scan. A body up to this size is read in one go. */
export const PIECE_BYTES = 64 * 1024;

/** Configuration of a route that scans its body in turns. */
export const READS_IN_TURNS = { readsInTurns: true } as const;

/** A small body is read at once; a larger one waits for its turn first. */
export function beginTurn(owner: string, bytes: Uint8Array): Turn | Promise<Turn> {
  const turn = loopTurns.begin(owner);
  return bytes.length > PIECE_BYTES ? turn.next().then(() => turn) : turn;
}

/** The single JSON value in the bytes. Refuses with `invalid_json`. */
export async function scanWhole(bytes: Uint8Array, turn: Turn): Promise<JsonScan> {
  const to = bytes.length;
  const scan = await scanInTurns(bytes, turn);
  const rest = await skipBlanksInTurns(bytes, turn, { from: scan.at, to });
  if (rest < to) throw brokenJson(rest, to);
  return scan;
}

/** The JSON value at `from`. Refuses with `invalid_json`; `check` may refuse the part read so far. */
export async function scanInTurns(
  bytes: Uint8Array,
  turn: Turn,
  p: { readonly from?: number; readonly to?: number; check?(scan: JsonScan): void } = {},
): Promise<JsonScan> {
  const scan = new JsonScan(bytes, p.from, p.to);
  while (!scan.advance(PIECE_BYTES)) {
    p.check?.(scan);
    if (turn.isOver()) await turn.next();
  }
  p.check?.(scan);
  return scan;
}

/**
 * The position of the first byte at or after `from` that is not blank, or `to`. It is a promise only when
 * many blanks are skipped.
 */
export function skipBlanksInTurns(
  bytes: Uint8Array,
  turn: Turn,
  { from, to }: { readonly from: number; readonly to: number },
): number | Promise<number> {
  const end = Math.min(from + PIECE_BYTES, to);
  const at = skipBlanks(bytes, from, end);
  return at < end || at === to ? at : skipManyBlanks(bytes, turn, { from: at, to });
}

async function skipManyBlanks(
  bytes: Uint8Array,
  turn: Turn,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  let at = from;
  for (;;) {
    if (turn.isOver()) await turn.next();
    const end = Math.min(at + PIECE_BYTES, to);
    at = skipBlanks(bytes, at, end);
    if (at < end || at === to) return at;
  }
}
