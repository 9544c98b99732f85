/** The first bytes that each receiver of the hostile suite sends. Their pieces are spliced into other answers. */
import { mock } from "node:test";
import type { Socket } from "node:net";
import { HOSTILE_CASES } from "../hostile-receivers.ts";

/** Pieces of a receiver that sends without end are taken until here. */
const PIECE_LIMIT_BYTES = 80_000;
const TICKS = 3;
const TICK_MS = 5;

export const CORPUS: readonly Buffer[] = recordAll();

/** The receivers play on a recorder and with a simulated clock, so that the pieces are always the same. */
function recordAll(): Buffer[] {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  try {
    return HOSTILE_CASES.map(({ answer }) => record(answer)).filter(({ length }) => length > 0);
  } finally {
    mock.timers.reset();
  }
}

function record(answer: (socket: Socket) => void): Buffer {
  const pieces: Buffer[] = [];
  const take = (piece?: string | Buffer): boolean => {
    if (piece !== undefined) pieces.push(Buffer.from(piece as string, "latin1"));
    return true;
  };
  const socket = {
    write: take,
    end: take,
    // A receiver that pours stops after its first piece.
    get writable() {
      return pieces.length < 2;
    },
    on: () => socket,
    pause: () => socket,
    resume: () => socket,
    destroy: () => socket,
    resetAndDestroy: () => socket,
  };
  answer(socket as unknown as Socket);
  for (let tick = 0; tick < TICKS; tick += 1) mock.timers.tick(TICK_MS);
  return Buffer.concat(pieces).subarray(0, PIECE_LIMIT_BYTES);
}
