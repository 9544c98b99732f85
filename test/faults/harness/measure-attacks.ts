/**
 * Measures the cost of a hostile client for the victim: a round of publishes before each attack, one during
 * it, and the server's resident memory. The fault rows and the bench share it.
 */
import assert from "node:assert/strict";
import type { ServerProcess } from "../../harness/server.ts";
import { residentBytes, startVictim, type AttackFigures } from "./victim.ts";

export type AttackedServer = Pick<ServerProcess, "url"> & Parameters<typeof residentBytes>[0];

/** A running attack. Disposing of it ends it. */
export type RunningAttack<Outcome> = AsyncDisposable & { outcome(): Outcome };

export type Attack<Outcome> = {
  readonly name: string;
  /** Resolves once the attack is running. */
  start(): Promise<RunningAttack<Outcome>>;
};

/** Attacks that share their preparation and one server. */
export type PreparedAttacks<Outcome> = AsyncDisposable & {
  readonly attacks: readonly Attack<Outcome>[];
  /** The time of one publish of the attack alone, for which others wait. Absent when they need not wait. */
  readonly floorMs?: number;
};

export type MeasuredAttack<Outcome> = {
  readonly name: string;
  readonly figures: AttackFigures;
  readonly outcome: Outcome;
};

export type Publishes = {
  /** The number of publishes in each round. */
  readonly publishes: number;
  /** The number of publishes before the first round. */
  readonly warmPublishes?: number;
};

const SAMPLE_MS = 50;

/** Measures the only prepared attack. */
export async function measureAttack<Outcome>(
  server: AttackedServer,
  prepared: PreparedAttacks<Outcome>,
  publishes: Publishes,
): Promise<MeasuredAttack<Outcome>> {
  const [only, ...others] = await measureAttacks(server, prepared, publishes);
  assert.ok(only !== undefined && others.length === 0);
  return only;
}

/** Measures the attacks one after the other. The application "victim" must not exist yet. */
export async function measureAttacks<Outcome>(
  server: AttackedServer,
  { attacks }: Pick<PreparedAttacks<Outcome>, "attacks">,
  p: Publishes,
): Promise<MeasuredAttack<Outcome>[]> {
  await using victim = await startVictim(server, { app: "victim" });
  await victim.round(p.warmPublishes ?? p.publishes);
  const measured: MeasuredAttack<Outcome>[] = [];
  for (const { name, start } of attacks) {
    const before = await victim.round(p.publishes);
    const residentBefore = residentBytes(server);
    let residentDuring = residentBefore;
    const sampling = setInterval(() => {
      residentDuring = Math.max(residentDuring, residentBytes(server));
    }, SAMPLE_MS);
    try {
      await using attack = await start();
      const during = await victim.round(p.publishes);
      const outcome = attack.outcome();
      const figures = { before, during, residentBefore, residentDuring };
      measured.push({ name, figures, outcome });
    } finally {
      clearInterval(sampling);
    }
  }
  return measured;
}
