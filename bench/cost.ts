/** The CPU time of a server per 1,000 deliveries, in all and by thread. */
import type { Drive } from "./drive.ts";
import type { Row } from "./report.ts";
import type { Server } from "./server.ts";
import { showThreads } from "./threads.ts";

export type Cost = { readonly msPerThousand: number; readonly threads: string };

export const NO_COST: Cost = { msPerThousand: Number.NaN, threads: "" };

export async function withCost(
  server: Pick<Server, "cpuMs" | "threads">,
  drive: () => Promise<Drive>,
): Promise<{ readonly run: Drive; readonly cost: Cost }> {
  const before = { cpuMs: server.cpuMs(), threads: server.threads() };
  const run = await drive();
  const { receipts: count } = run;
  const threads = showThreads({ before: before.threads, after: server.threads(), count });
  const msPerThousand = (server.cpuMs() - before.cpuMs) / (count / 1000);
  return { run, cost: { msPerThousand, threads } };
}

/** `letter` is that of the figure, such as `(b)`. */
export function toCostRows(letter: string, unit: string, cost: Cost): readonly Row[] {
  const what = `${letter} CPU time of the server`;
  return [
    { what, figure: `${cost.msPerThousand.toFixed(0)} ms per 1,000 ${unit}` },
    { what: `${what}, by thread`, figure: cost.threads },
  ];
}
