/**
 * (n) the cost of a hostile client or tenant for an application: the attacks of the fault rows F27 and F31 to F37,
 * each on a separate server, with the rows' victim. The figures are its p50 and p99 before and during the
 * attack, the longest turn of the event loop, and the growth of resident memory.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TOKEN } from "../../test/harness/server.ts";
import { skipWithoutOpenssl } from "../../test/net/tls-receiver.ts";
import { prepareAcceptFlood } from "../../test/faults/harness/accept-flood.ts";
import { prepareCostlyBatches } from "../../test/faults/harness/costly-batches.ts";
import {
  prepareCostlyHandshakes,
  RECEIVER_NAME,
} from "../../test/faults/harness/costly-handshakes.ts";
import { prepareEndlessDownloads } from "../../test/faults/harness/endless-downloads.ts";
import { prepareFruitlessLists } from "../../test/faults/harness/fruitless-lists.ts";
import { prepareInterimFlood } from "../../test/faults/harness/interim-flood.ts";
import {
  measureAttacks,
  type Attack,
  type PreparedAttacks,
} from "../../test/faults/harness/measure-attacks.ts";
import { prepareUnauthenticatedRequests } from "../../test/faults/harness/unauthenticated-requests.ts";
import { prepareUnreadAnswers } from "../../test/faults/harness/unread-answers.ts";
import type { AttackFigures, VictimRound } from "../../test/faults/harness/victim.ts";
import { monotonicMs } from "../clock.ts";
import { toRatio, toSpread } from "../pairs.ts";
import { milliseconds, showRatio, type Row } from "../report.ts";
import { toOptions, toStoreFile, type Rig } from "../rig.ts";
import { startServer } from "../server.ts";

type Measured = {
  readonly attack: string;
  readonly figures: AttackFigures;
  readonly longestTurnMs: number;
};

type Prepare = (server: {
  readonly url: string;
  readonly storeFile: string;
}) => Promise<PreparedAttacks<unknown>>;

const FAULT_ROWS: Readonly<Record<string, Prepare>> = {
  F27: ({ url }) => prepareAcceptFlood([url]),
  F31: prepareFruitlessLists,
  F32: prepareInterimFlood,
  F33: prepareCostlyBatches,
  F34: prepareUnreadAnswers,
  F35: prepareEndlessDownloads,
  F36: prepareCostlyHandshakes,
  F37: prepareUnauthenticatedRequests,
};
const NEEDS_OPENSSL = "F36";
const LOOP_TURNS = new URL("../loop-turns.ts", import.meta.url).href;

const WANTED_RATIO = 2;
const WANTED_MS = 50;
const WANTED = `≤ ${WANTED_RATIO} of before, or ≤ ${WANTED_MS} ms`;

export async function measureHostileEdge(rig: Rig): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [name, prepare] of Object.entries(FAULT_ROWS)) {
    if (name === NEEDS_OPENSSL && skipWithoutOpenssl !== false) {
      rows.push({ what: `(n) ${name}`, figure: `not measured: ${skipWithoutOpenssl}` });
      continue;
    }
    rows.push(...(await measureRow(rig, name, prepare)));
  }
  return rows;
}

async function measureRow(rig: Rig, name: string, prepare: Prepare): Promise<Row[]> {
  const rounds = new Map<string, Measured[]>();
  for (let round = 0; round < rig.amounts.rounds; round++) {
    for (const measured of await measureOnce(rig, `edge-${name}-${round}`, prepare)) {
      rounds.set(measured.attack, [...(rounds.get(measured.attack) ?? []), measured]);
    }
  }
  return [...rounds].flatMap(([attack, measured]) => toRows(`(n) ${name} ${attack}`, measured));
}

async function measureOnce(rig: Rig, name: string, prepare: Prepare): Promise<Measured[]> {
  const storeFile = toStoreFile(rig, name);
  const options = toOptions(rig, name);
  const turnsFile = join(options.folder, "loop-turns");
  const server = await startServer({
    ...options,
    settings: {
      NODE_OPTIONS: `--import=${LOOP_TURNS}`,
      BENCH_LOOP_TURNS: turnsFile,
      HOOKLINE_ADMIN_TOKEN: TOKEN,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32,${RECEIVER_NAME}`,
    },
  });
  try {
    await using prepared = await prepare({ url: server.url, storeFile });
    const attacks = prepared.attacks.map((attack) => watchTurns(attack, turnsFile));
    const attacked = { url: server.url, child: { pid: server.pid } };
    const publishes = { publishes: rig.amounts.edgePublishes };
    const measured = await measureAttacks(attacked, { attacks }, publishes);
    return measured.map((one) => ({
      attack: one.name,
      figures: one.figures,
      longestTurnMs: one.outcome,
    }));
  } finally {
    await server.stop();
  }
}

/** The outcome is the longest turn of the loop during the attack. */
function watchTurns({ name, start }: Attack<unknown>, turnsFile: string): Attack<number> {
  return {
    name,
    async start() {
      const startedAt = monotonicMs();
      const running = await start();
      return {
        outcome: () => readLongestTurn(turnsFile, startedAt),
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      };
    },
  };
}

/** 0 when no turn was long enough to be written down. */
function readLongestTurn(file: string, since: number): number {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  const turns = lines.map((line) => line.split(" ").map(Number) as [at: number, ms: number]);
  return Math.max(0, ...turns.filter(([at]) => at >= since).map(([, ms]) => ms));
}

function toRows(what: string, measured: readonly Measured[]): Row[] {
  const figures = measured.map((one) => one.figures);
  const turns = toSpread(measured.map((one) => one.longestTurnMs));
  const lost = figures.filter(({ during: { publishes, delivered } }) => delivered < publishes);
  const growth = toSpread(
    figures.map(({ residentBefore, residentDuring }) => residentDuring - residentBefore),
  );
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  return [
    toRow(`${what}: publish`, figures, ({ publishP50Ms, publishP99Ms }) => [
      publishP50Ms,
      publishP99Ms,
    ]),
    toRow(`${what}: delivery`, figures, ({ deliveryP50Ms, deliveryP99Ms }) => [
      deliveryP50Ms,
      deliveryP99Ms,
    ]),
    {
      what: `${what}: longest turn of the event loop, CPU time`,
      figure: `${milliseconds(turns.median)} (${milliseconds(turns.least)}–${milliseconds(turns.most)})`,
      wanted: `≤ ${WANTED_MS} ms`,
      reached: turns.median <= WANTED_MS,
    },
    {
      what: `${what}: memory; events lost`,
      figure:
        `+${mebibytes(growth.median)} MiB (${mebibytes(growth.least)}–${mebibytes(growth.most)}); ` +
        (lost.length === 0 ? "none" : `in ${lost.length} of ${figures.length} rounds`),
      wanted: "none lost",
      reached: lost.length === 0,
    },
  ];
}

function toRow(
  what: string,
  figures: readonly AttackFigures[],
  pickQuantiles: (round: VictimRound) => readonly [p50: number, p99: number],
): Row {
  const median = (pick: (one: AttackFigures) => number) => toSpread(figures.map(pick)).median;
  const p99Before = figures.map(({ before }) => pickQuantiles(before)[1]);
  const p99During = figures.map(({ during }) => pickQuantiles(during)[1]);
  const ratio = toRatio(p99During, p99Before);
  const during = toSpread(p99During);
  const p50 = [
    median(({ before }) => pickQuantiles(before)[0]),
    median(({ during: round }) => pickQuantiles(round)[0]),
  ];
  return {
    what,
    figure:
      `p50 ${p50.map(milliseconds).join(" → ")}; ` +
      `p99 ${milliseconds(toSpread(p99Before).median)} → ${milliseconds(during.median)} ` +
      `(${milliseconds(during.least)}–${milliseconds(during.most)}); ` +
      `p99 ${showRatio(ratio)} of before`,
    wanted: WANTED,
    reached: ratio.median <= WANTED_RATIO || during.median <= WANTED_MS,
  };
}
