/**
 * Runs the functions of the lists against the database, and applies their effects after a commit. When a
 * commit was not confirmed, its leased deliveries may be unknown to every engine. So this node takes its
 * shards again, under higher fences, and everything becomes due again.
 */
import { randomUUID } from "node:crypto";
import { createReadTurns } from "../../history/read-turns.ts";
import { READ_DEADLINE_MS } from "../../options.ts";
import { readOnlyStore, refuseLate } from "../../refusals.ts";
import { keepChanges } from "./change-acknowledgements.ts";
import type { Connection } from "../connection.ts";
import { toConnection } from "../connection.ts";
import { createFeedPlaces } from "../accept/feed-places.ts";
import type { Node } from "./node.ts";
import { createAfterCommit, type AfterCommit } from "./after-commit.ts";
import { toFault, isSessionOver, unavailable } from "../server/pg-error.ts";
import { readTransaction, UnknownCommit, writeTransaction, type Database } from "../transaction.ts";
import { writeSetting } from "../server/setting.ts";
import type { Reader, Tx } from "../types.ts";
import type { FanOut } from "./fan-out.ts";
import { findApp } from "../../tenancy/app-row.ts";
import { runSteps, toSession } from "../session.ts";

export type Runner = {
  readonly node: Node;
  /** `params` contain the instants at which rows are created. */
  write<T>(work: (tx: Tx) => Promise<T>, params: unknown): Promise<T>;
  /** Reads when it is the turn of the application that the parameters name. */
  read<T>(name: string, params: unknown, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Runs single statements, without a transaction around them. */
  single<T>(work: (connection: Tx) => Promise<T>): Promise<T>;
  ping(): Promise<void>;
  /** Unconfirmed commits that are not settled yet: above 0, the shards are taken again. */
  unconfirmed(): number;
  /** The shards were taken again after this many unconfirmed commits; a later one requires it once more. */
  settleUnconfirmed(count: number): void;
};

/** Lists and lookups leave some connections of any pool to publishes, outcomes and authentication. */
function toReadsAtOnce(poolSize: number) {
  const share = (eighths: number) => Math.max(1, Math.floor((poolSize * eighths) / 8));
  return { lookup: share(2), list: share(3) };
}

export function createRunner(given: {
  database: Database;
  node: Node;
  fanOut: FanOut;
  isReadOnly: boolean;
}): Runner {
  const { database, node, fanOut } = given;
  const turns = createReadTurns(toReadsAtOnce(database.pool.options.max));
  let unconfirmed = 0;

  async function transaction<T>(
    work: (tx: Tx) => Promise<T>,
    instants: readonly number[],
  ): Promise<{ readonly value: T; readonly afterCommit: AfterCommit }> {
    if (given.isReadOnly) throw readOnlyStore();
    try {
      await node.partitions.ensure(instants);
      return await writeTransaction(
        database,
        async (connection) => {
          const afterCommit = createAfterCommit();
          const tx: Tx = { ...connection, node, afterCommit, feed: createFeedPlaces() };
          const value = await work(tx);
          await keepChanges(tx, afterCommit.take().changed, fanOut.silentOwners());
          return { value, afterCommit };
        },
        (connection, { afterCommit }) => afterCommit.flush(connection),
      );
    } catch (error) {
      if (error instanceof UnknownCommit) unconfirmed += 1;
      throw error;
    }
  }

  function settle(afterCommit: AfterCommit): void {
    const taken = afterCommit.take();
    for (const one of taken.leased) {
      if ("endpoint" in one) node.leaseCounts.add(one.endpoint, one.fence, one.count, one.bytes);
      else node.leaseCounts.remove(one.endpointSeq, one.fence, one.count);
    }
    node.backlog.committed(taken.pending);
    node.pendingBytes.committed(taken.pendingBytes);
    fanOut.committed(taken);
  }

  async function query<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const endsAt = performance.now() + READ_DEADLINE_MS;
    return await readTransaction(database, { deadlineMs: READ_DEADLINE_MS }, (connection) =>
      work({ ...connection, node, checkDeadline: () => refuseLate(endsAt) }),
    );
  }

  async function findAppId(ref: string): Promise<string | null> {
    const app = await query((reader) => runSteps(findApp(toSession(reader), ref)));
    return app?.id ?? null;
  }

  return {
    node,
    async write(work, params) {
      const { value, afterCommit } = await transaction(work, toInstants(params));
      settle(afterCommit);
      return value;
    },
    read: (name, params, work) => turns.run(name, params, { findAppId, read: () => query(work) }),
    async single(work) {
      return await alone(database, (connection) =>
        work({ ...connection, node, afterCommit: createAfterCommit(), feed: createFeedPlaces() }),
      );
    },
    async ping() {
      if (given.isReadOnly) return;
      // A separate row per ping: nodes do not wait for each other's rows, and none remains.
      const name = `ping.${randomUUID()}`;
      await writeTransaction(database, async (connection) => {
        await writeSetting(connection, name, "");
        await connection.run("DELETE FROM setting WHERE name = $1", [name]);
      });
    },
    unconfirmed: () => unconfirmed,
    settleUnconfirmed(count) {
      unconfirmed -= count;
    },
  };
}

async function alone<T>(
  { pool, preparing }: Database,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (;;) {
    let isBroken = false;
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    try {
      return await work(toConnection(client, preparing));
    } catch (error) {
      const fault = toFault(error);
      isBroken = isSessionOver(error);
      if (fault === "unprepared") {
        preparing.enabled = false;
        continue;
      }
      if (fault === "outdated") continue;
      if (fault === "refusal" || fault === "bug") throw error;
      throw unavailable(error);
    } finally {
      client.release(isBroken);
    }
  }
}

/** The instants of the rows that a call may create. */
function toInstants(params: unknown): readonly number[] {
  const {
    now,
    acceptedAt = [],
    outcomes = [],
  } = params as {
    now?: number;
    acceptedAt?: readonly number[];
    outcomes?: readonly { readonly attempt: { readonly at: number } | null }[];
  };
  const attempts = outcomes.flatMap(({ attempt }) => attempt?.at ?? []);
  return [...(now === undefined ? [] : [now]), ...acceptedAt, ...attempts];
}
