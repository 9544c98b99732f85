/**
 * Runs seeds one after the other until one breaks a promise: `node run.ts <first seed> <count> [bug]`. With a
 * planted bug the run ends when the bug is found. The result is one line of JSON. `SIM_SENDERS` is the number of
 * sender threads of each node.
 */
import { plant } from "./planted.ts";
import type { PlantedBug } from "./planted.ts";

export type Ran = {
  readonly seeds: number;
  readonly attempts: number;
  readonly deliveries: number;
  readonly broken: {
    readonly seed: number;
    readonly promise: string;
    readonly about: string;
  } | null;
};

const [first = 1, count = 1] = process.argv.slice(2, 4).map(Number);
const bug = process.argv[4];
const senders = Number(process.env["SIM_SENDERS"] ?? 0);
if (bug !== undefined) plant(bug as PlantedBug);

console.log(JSON.stringify(await runSeeds()));

async function runSeeds(): Promise<Ran> {
  // The import comes after the bug is planted.
  const { runSeed } = await import("./run-seed.ts");
  let attempts = 0;
  let deliveries = 0;
  for (let seed = first; seed < first + count; seed++) {
    try {
      const counts = await runSeed(seed, senders);
      attempts += counts.attempts;
      deliveries += counts.deliveries;
    } catch (error) {
      const { message, stack, promise } = error as Error & { promise?: string };
      const broken = { seed, promise: promise ?? "it runs", about: promise ? message : `${stack}` };
      return { seeds: seed - first + 1, attempts, deliveries, broken };
    }
  }
  return { seeds: count, attempts, deliveries, broken: null };
}
