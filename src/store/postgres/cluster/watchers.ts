/** Rows of the nodes that have clients of the live stream, with leases by the database's clock. */
import type { LiveStore } from "../../interface/live.ts";
import type { Tx } from "../types.ts";
import { findLeaseClock, leaseNow } from "./lease-clock.ts";

type Params = Parameters<LiveStore["watch"]>[0];

/** The rows of nodes that have ended go with the next one that is written. */
export async function watch(
  connection: Tx,
  { node, isWatching, leaseMs }: Params,
): Promise<{ readonly watch: boolean }> {
  const clock = findLeaseClock(connection.node);
  if (isWatching) {
    await connection.run(
      `WITH ended AS (DELETE FROM watcher WHERE lease_until <= ${leaseNow(3)} AND node <> $1)
       INSERT INTO watcher (node, lease_until) VALUES ($1, ${leaseNow(3)} + $2)
       ON CONFLICT (node) DO UPDATE SET lease_until = excluded.lease_until`,
      [node, leaseMs, clock],
    );
  } else await connection.run("DELETE FROM watcher WHERE node = $1", [node]);
  const others = await connection.sql(
    `SELECT FROM watcher WHERE node <> $1 AND lease_until > ${leaseNow(2)} LIMIT 1`,
    [node, clock],
  );
  return { watch: others.length > 0 };
}
