/** Mutations of an answer's bytes, and the writes into which they are split. */
import type { Random } from "../../sim/random.ts";
import { CORPUS } from "./corpus.ts";

/** The bytes that parsers decide by. */
const TELLING = Buffer.from("\r\n\0 \t:;,01/\x7f\xa0\xff", "latin1");
const TOKENS = [
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  "\r",
  "content-length: 3\r\n",
  "content-length: 0\r\n",
  "transfer-encoding: chunked\r\n",
  "connection: close\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "0\r\n\r\n",
  "3\r\n",
  " folded\r\n",
].map((token) => Buffer.from(token, "latin1"));
const RANGE_LIMIT = 40;

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random.below(changed.length);
    changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    return changed;
  },
  function setByte(bytes, random) {
    const changed = Buffer.from(bytes);
    changed[random.below(changed.length)] = random.pick([...TELLING]);
    return changed;
  },
  function insertByte(bytes, random) {
    return insertAt(bytes, random, Buffer.from([random.pick([...TELLING])]));
  },
  function insertToken(bytes, random) {
    return insertAt(bytes, random, random.pick(TOKENS));
  },
  function removeRange(bytes, random) {
    const [from, to] = drawRange(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function repeatRange(bytes, random) {
    const [from, to] = drawRange(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  function cutOff(bytes, random) {
    return bytes.subarray(0, random.between(1, bytes.length));
  },
  function repeatLine(bytes, random) {
    const from = bytes.indexOf("\n", random.below(bytes.length)) + 1;
    const to = bytes.indexOf("\n", from) + 1;
    return to === 0 ? bytes : Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  function startAsHostile(bytes, random) {
    const other = random.pick(CORPUS);
    const start = other.subarray(0, random.between(1, other.length));
    return Buffer.concat([start, bytes.subarray(random.below(bytes.length))]);
  },
  function endAsHostile(bytes, random) {
    const other = random.pick(CORPUS);
    const start = bytes.subarray(0, random.between(1, bytes.length));
    return Buffer.concat([start, other.subarray(random.below(other.length))]);
  },
];

export function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  const count = random.chance(0.6) ? 0 : random.between(1, 3);
  for (let n = 0; n < count && mutated.length > 0; n += 1) {
    mutated = random.pick(MUTATIONS)(mutated, random);
  }
  return mutated;
}

/** Most faults of parsers are at the places where the bytes of a line end, a size or a head are divided. */
export function split(bytes: Buffer, random: Random): Buffer[] {
  switch (random.below(6)) {
    case 0:
      return cutAt(
        bytes,
        Array.from({ length: 80 }, (_, n) => n + 1),
      );
    case 1:
      return cutAt(bytes, findLineEnds(bytes).slice(0, 40));
    case 2:
    case 3:
      return cutAt(
        bytes,
        Array.from({ length: random.between(1, 6) }, () => random.below(bytes.length)),
      );
    default:
      return [bytes];
  }
}

/** The offsets inside and after each line end. */
function findLineEnds(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", at + 1))
    found.push(at, at + 1);
  return found;
}

function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const sorted = [0, ...offsets.toSorted((a, b) => a - b)];
  return sorted
    .map((from, n) => bytes.subarray(from, sorted[n + 1] ?? bytes.length))
    .filter(({ length }) => length > 0);
}

function insertAt(bytes: Buffer, random: Random, inserted: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function drawRange(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length);
  return [from, Math.min(bytes.length, from + random.between(1, RANGE_LIMIT))];
}
