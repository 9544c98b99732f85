/**
 * Plays cases, several at a time, until one breaks a promise: `run.ts <first seed> <count> [bug]`. The result
 * is one line of JSON. `start-run.ts` has the flags of node that it needs.
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import type { Outcome } from "../../../src/core/delivery/outcome.ts";
import type { TlsIdentity } from "../../../src/net/connect/tls-profile.ts";
import { plantEdit } from "../../harness/plant-edit.ts";
import { makeCertificate, P_256, skipWithoutOpenssl } from "../tls-receiver.ts";
import { drawCase } from "./draw-case.ts";
import { describeCase } from "./fuzz-case.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import { PLANTED } from "./planted.ts";
import type { PlantedBug } from "./planted.ts";
import { broken, PROMISES } from "./promises.ts";
import type { Broken, BrokenPromise } from "./promises.ts";
import type { CaseCounts, Tls } from "./run-case.ts";

export type Ran = CaseCounts & {
  readonly cases: number;
  /** Cases that a stall of the machine spoiled, and that were right when played again. */
  readonly repeated: number;
  /** Growth of the memory in use from the first quarter of the cases to the end. */
  readonly grownBytes: number;
  readonly broken: (Broken & { readonly seed: number }) | null;
};

const LANES = 24;
/** A case that a stall can explain is played again with more time. */
const PATIENCES = [1, 6];
const PATIENCE_ALONE = 30;
const CLOSING_TURNS = 50;
const CLOSING_TURN_MS = 10;
/** A leak of a hundred bytes for each request is a MiB in 5,000 cases. */
const GROWTH_LIMIT_BYTES = 4 * 1024 * 1024;

const [first = 1, count = 1] = process.argv.slice(2, 4).map(Number);
const bug = process.argv[4];
if (bug !== undefined) plantEdit(PLANTED[bug as PlantedBug]);
// The import comes after the bug is planted.
const { attempts, runCase } = await import("./run-case.ts");

const tls = openTls();
const counts: CaseCounts = { requests: 0, kept: 0, resent: 0, believed: 0 };
const playing = new Map<number, FuzzCase>();
let cases = 0;
let repeated = 0;
let found: Ran["broken"] = null;

console.log(JSON.stringify(await runCases()));

async function runCases(): Promise<Ran> {
  // A race of promises settles its result again for each loser, so only attempts are counted.
  process.on("multipleResolves", (_kind, promise) => {
    if (attempts.has(promise as Promise<Outcome>)) noteUnplaced(PROMISES.settlesOnce, "");
  });
  process.on("uncaughtException", (error) => noteUnplaced(PROMISES.throws, String(error.stack)));

  const quarter = first + Math.ceil(count / 4);
  await playAll(first, quarter);
  const usedBytes = await readUsed();
  await playAll(quarter, first + count);
  const grownBytes = (await readUsed()) - usedBytes;
  const left = await findLeft();
  if (left.length > 0) noteUnplaced(PROMISES.left, left.join(", "));
  if (grownBytes > GROWTH_LIMIT_BYTES) noteUnplaced(PROMISES.left, `${grownBytes} bytes grew`);
  return { cases, ...counts, repeated, grownBytes, broken: found };
}

async function playAll(from: number, to: number): Promise<void> {
  const doubtful: FuzzCase[] = [];
  let next = from;
  const isOver = () => next >= to || found !== null;
  async function playLane(): Promise<void> {
    while (!isOver() && doubtful.length === 0) {
      const one = drawCase(next);
      next += 1;
      if (one.isSecure && tls === undefined) continue;
      cases += 1;
      if (!(await playOne(one, PATIENCES))) doubtful.push(one);
    }
  }
  while (!isOver()) {
    await Promise.all(Array.from({ length: LANES }, playLane));
    // Other cases make the turns of the event loop long, so a doubtful case is played alone.
    for (const one of doubtful.splice(0)) await playOne(one, [PATIENCE_ALONE]);
  }
}

/** Returns false when a stall may have broken each try. */
async function playOne(one: FuzzCase, patiences: readonly number[]): Promise<boolean> {
  playing.set(one.seed, one);
  let wrong: Broken | null = null;
  for (const patience of patiences) {
    wrong = await runCase(one, { tls, patience }, counts);
    if (wrong === null || !wrong.isByTime) break;
    repeated += 1;
  }
  playing.delete(one.seed);
  if (wrong === null) return true;
  if (wrong.isByTime && patiences === PATIENCES) return false;
  found ??= { ...wrong, seed: one.seed, about: `${wrong.about}\n${describeCase(one)}` };
  return true;
}

/** Records a fault that no case can be named for: one of those that are played. */
function noteUnplaced(promise: BrokenPromise, about: string): void {
  const seeds = [...playing.keys()];
  const text = `${about} (while the seeds ${seeds.join(", ")} were played)`;
  found ??= { ...broken(promise, text), seed: seeds[0] ?? first };
}

/** Returns the sockets and timers that are open after all cases. Servers need some time to close. */
async function findLeft(): Promise<readonly string[]> {
  let left: readonly string[] = [];
  for (let turn = 0; turn < CLOSING_TURNS; turn += 1) {
    left = process.getActiveResourcesInfo().filter((name) => /^T(?:CP|LS|imeout)/.test(name));
    if (left.length === 0) break;
    await sleep(CLOSING_TURN_MS);
  }
  return left;
}

async function readUsed(): Promise<number> {
  // Buffers are released some time after the objects that hold them.
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await sleep(CLOSING_TURN_MS);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Undefined without openssl: then the cases over TLS are left out. */
function openTls(): Tls | undefined {
  if (skipWithoutOpenssl !== false) return undefined;
  const certificate = makeCertificate("localhost", P_256);
  const identity: TlsIdentity = {
    name: "fuzz",
    owner: "fuzz",
    handshakeMs: 0,
    ca: certificate.cert,
    clientCert: null,
    clientKey: null,
  };
  return { server: createSecureContext(certificate), identity };
}
