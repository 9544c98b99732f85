/**
 * The cost of an attack for another application: those at the edge (n), fault rows F32 to F37, and those of a tenant
 * with ordinary keys (o), F27 to F31. Each runs on a separate server, with the rows' victim. The figures are its
 * p50 and p99 before and during the attack, the longest turn of the event loop, and the growth of resident memory.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TOKEN } from "../../test/harness/server.ts";
import { skipWithoutOpenssl } from "../../test/net/tls-receiver.ts";
import { prepareAcceptFlood } from "../../test/faults/harness/accept-flood.ts";
import { prepareCostlyBatches } from "../../test/faults/harness/costly-batches.ts";
import {
  addCostlyFilters,
  prepareCostlyFilters,
} from "../../test/faults/harness/costly-filters.ts";
import {
  prepareCostlyHandshakes,
  RECEIVER_NAME,
} from "../../test/faults/harness/costly-handshakes.ts";
import { prepareEndlessDownloads } from "../../test/faults/harness/endless-downloads.ts";
import { prepareFruitlessLists } from "../../test/faults/harness/fruitless-lists.ts";
import { prepareInterimFlood } from "../../test/faults/harness/interim-flood.ts";
import { prepareLargeFanOuts } from "../../test/faults/harness/large-fan-outs.ts";
import {
  measureAttacks,
  type Attack,
  type PreparedAttacks,
} from "../../test/faults/harness/measure-attacks.ts";
import { prepareSlowReceivers } from "../../test/faults/harness/slow-receivers.ts";
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
  readonly floorMs: number;
};

type Prepare = (server: {
  readonly url: string;
  readonly storeFile: string;
}) => Promise<PreparedAttacks<unknown>>;

type FaultRow = {
  readonly name: string;
  readonly prepare: Prepare;
  /** Writes into the store before the server starts. */
  readonly fill?: (storeUrl: string) => Promise<void>;
};

const TENANT_ROWS: readonly FaultRow[] = [
  { name: "(o) F27", prepare: ({ url }) => prepareAcceptFlood([url]) },
  { name: "(o) F28", prepare: prepareSlowReceivers },
  { name: "(o) F29", prepare: prepareLargeFanOuts },
  { name: "(o) F30", prepare: prepareCostlyFilters, fill: addCostlyFilters },
  { name: "(o) F31", prepare: prepareFruitlessLists },
];
const NEEDS_OPENSSL = "(n) F36";
const EDGE_ROWS: readonly FaultRow[] = [
  { name: "(n) F32", prepare: prepareInterimFlood },
  { name: "(n) F33", prepare: prepareCostlyBatches },
  { name: "(n) F34", prepare: prepareUnreadAnswers },
  { name: "(n) F35", prepare: prepareEndlessDownloads },
  { name: NEEDS_OPENSSL, prepare: prepareCostlyHandshakes },
  { name: "(n) F37", prepare: prepareUnauthenticatedRequests },
];
const SECRET_KEY = randomBytes(32).toString("base64");
const LOOP_TURNS = new URL("../loop-turns.ts", import.meta.url).href;

const WANTED_RATIO = 2;
const WANTED_MS = 50;

export const measureEdgeAttacks = (rig: Rig) => measureRows(rig, EDGE_ROWS);
export const measureTenantAttacks = (rig: Rig) => measureRows(rig, TENANT_ROWS);

async function measureRows(rig: Rig, faultRows: readonly FaultRow[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const isChosen = ({ name }: FaultRow): boolean =>
    rig.faultRows.length === 0 || rig.faultRows.some((given) => name.endsWith(` ${given}`));
  for (const row of faultRows.filter(isChosen)) {
    if (row.name === NEEDS_OPENSSL && skipWithoutOpenssl !== false) {
      rows.push({ what: row.name, figure: `not measured: ${skipWithoutOpenssl}` });
    } else rows.push(...(await measureRow(rig, row)));
  }
  return rows;
}

async function measureRow(rig: Rig, row: FaultRow): Promise<Row[]> {
  const rounds = new Map<string, Measured[]>();
  for (let round = 0; round < rig.amounts.rounds; round++) {
    for (const measured of await measureOnce(rig, row, round)) {
      rounds.set(measured.attack, [...(rounds.get(measured.attack) ?? []), measured]);
    }
  }
  return [...rounds].flatMap(([attack, measured]) => toRows(`${row.name} ${attack}`, measured));
}

async function measureOnce(
  rig: Rig,
  { name: rowName, prepare, fill }: FaultRow,
  round: number,
): Promise<Measured[]> {
  const name = `attack-${rowName.slice(-3)}-${round}`;
  const storeFile = toStoreFile(rig, name);
  const options = toOptions(rig, name);
  await fill?.(`sqlite:${storeFile}`);
  const turnsFile = join(options.folder, "loop-turns");
  const server = await startServer({
    ...options,
    settings: {
      NODE_OPTIONS: `--import=${LOOP_TURNS}`,
      BENCH_LOOP_TURNS: turnsFile,
      HOOKLINE_ADMIN_TOKEN: TOKEN,
      // A filled store has no key file.
      HOOKLINE_SECRET_KEY: SECRET_KEY,
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
      floorMs: prepared.floorMs ?? 0,
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
  const floorMs = toSpread(measured.map((one) => one.floorMs)).median;
  return [
    toRow(`${what}: publish`, { figures, floorMs }, ({ publishP50Ms, publishP99Ms }) => [
      publishP50Ms,
      publishP99Ms,
    ]),
    toRow(`${what}: delivery`, { figures, floorMs }, ({ deliveryP50Ms, deliveryP99Ms }) => [
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
  { figures, floorMs }: { readonly figures: readonly AttackFigures[]; readonly floorMs: number },
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
    wanted:
      `≤ ${WANTED_RATIO} of before, or ≤ ${WANTED_MS} ms` +
      (floorMs === 0 ? "" : ` and the ${milliseconds(floorMs)} of one batch`),
    reached: ratio.median <= WANTED_RATIO || during.median <= WANTED_MS + floorMs,
  };
}
