/** Draws a case from its seed. The same seed has the same bytes, writes and endings. */
import { createRandom } from "../../sim/random.ts";
import type { Random } from "../../sim/random.ts";
import { CORPUS } from "./corpus.ts";
import { drawAnswer } from "./draw-answer.ts";
import type { Answer, Ending, FuzzCase, FuzzRequest } from "./fuzz-case.ts";
import { mutate, split } from "./mutate.ts";

const REQUESTS = 4;
const SECURE_SHARE = 0.08;

export function drawCase(seed: number): FuzzCase {
  const random = createRandom(seed);
  const isSecure = random.chance(SECURE_SHARE);
  const requests = Array.from({ length: random.between(1, REQUESTS) }, (_, n) => {
    const drawn = drawRequest(random, `m${seed}-${n}`);
    return random.chance(isSecure ? 0.2 : 0.02) ? withSurplus(drawn) : drawn;
  });
  return { seed, isSecure, requests };
}

/** A second answer in a separate write, over TLS in a separate record, which arrives with the first one. */
function withSurplus({ marker, answers: [, second] }: FuzzRequest): FuzzRequest {
  const writes = [toAnswer(`<${marker}>`), toAnswer(`<surplus-${marker}>`)];
  const first: Answer = { writes, isSlow: false, ending: "open" };
  return { marker, answers: [first, second], isHurried: true, cancelledAt: null };
}

function toAnswer(body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

function drawRequest(random: Random, marker: string): FuzzRequest {
  const second = Buffer.from(drawAnswer(random, `${marker}-again`), "latin1");
  const answers: readonly [Answer, Answer] = [
    drawOne(random, marker),
    { writes: [second], isSlow: false, ending: drawEnding(random) },
  ];
  const cancelledAt = random.chance(0.04) ? random.below(answers[0].writes.length + 1) : null;
  return { marker, answers, isHurried: random.chance(0.5), cancelledAt };
}

function drawOne(random: Random, marker: string): Answer {
  // A connection that ends without a byte is the reason for the only repeat.
  if (random.chance(0.1)) {
    return { writes: [], isSlow: false, ending: random.pick(["closed", "reset", "reset", "open"]) };
  }
  const bytes = random.chance(0.1)
    ? random.pick(CORPUS)
    : Buffer.from(drawAnswer(random, marker), "latin1");
  const mutated = mutate(bytes, random);
  return {
    writes: mutated.length === 0 ? [] : split(mutated, random),
    isSlow: random.chance(0.6),
    ending: drawEnding(random),
  };
}

function drawEnding(random: Random): Ending {
  const drawn = random.below(10);
  return drawn < 7 ? "open" : drawn < 9 ? "closed" : "reset";
}
