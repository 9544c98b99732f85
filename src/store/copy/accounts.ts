/**
 * Rows that are not copied as they are: tallies are summed, and the queue is built from the pending
 * deliveries.
 */
import { nextDueAtSql } from "../queue/next-due-at.ts";
import { SUM_COLUMNS } from "../series/columns.ts";
import type { CopiedTable, ColumnType } from "./copied-table.ts";

const SUMS = [
  "created",
  "delivered",
  "failed",
  "cancelled",
  "purgedDelivered",
  "purgedFailed",
  "purgedCancelled",
  "pendingBytes",
  "fanningOut",
];

/** One search per endpoint. No lease of the source is valid for the copy. */
const DUE = `SELECT endpoint.seq AS endpointSeq, shard, status,
    (SELECT dueAt FROM delivery INDEXED BY delivery_due
      WHERE endpointSeq = endpoint.seq AND state = 0 AND dueAt IS NOT NULL ORDER BY dueAt LIMIT 1) AS dueAt,
    (SELECT probeAt FROM endpointState
      WHERE endpointSeq = endpoint.seq AND breaker = 'open') AS probeAt
  FROM endpoint`;
const NEXT_DUE_AT = nextDueAtSql({
  status: "status",
  probeAt: "probeAt",
  dueAt: "dueAt",
  hasLeased: "false",
  later: "max",
});

const SERIES_NUMBERS: Readonly<Record<string, ColumnType>> = {
  ...Object.fromEntries(SUM_COLUMNS.map((name) => [name, "integer"])),
  pending: "integer",
  parked: "integer",
};

export const ACCOUNTS: readonly CopiedTable[] = [
  {
    name: "tally_total",
    source: "total",
    rows: `(SELECT appSeq, ${SUMS.map((sum) => `sum(${sum}) AS ${sum}`).join(", ")}
      FROM (SELECT appSeq, ${SUMS.join(", ")} FROM tally
        UNION ALL SELECT appSeq, ${SUMS.join(", ")} FROM tallyTotal) GROUP BY appSeq) AS total`,
    key: ["appSeq"],
    columns: {
      app_seq: "bigint",
      created: "bigint",
      delivered: "bigint",
      failed: "bigint",
      cancelled: "bigint",
      purged_delivered: "bigint",
      purged_failed: "bigint",
      purged_cancelled: "bigint",
      pending_bytes: "bigint",
      fanning_out: "bigint",
    },
  },
  {
    name: "endpoint_queue",
    source: "due",
    rows: `(SELECT * FROM (SELECT endpointSeq, shard, ${NEXT_DUE_AT} AS nextDueAt
      FROM (${DUE}) WHERE dueAt IS NOT NULL) WHERE nextDueAt IS NOT NULL) AS due`,
    key: ["endpointSeq"],
    columns: { endpoint_seq: "bigint", shard: "integer", next_due_at: "bigint" },
  },
  {
    name: "series",
    source: "series",
    key: ["appSeq", "endpointSeq", "span", "at", "dialect"],
    columns: {
      app_seq: "bigint",
      endpoint_seq: "bigint",
      span: "integer",
      at: "bigint",
      dialect: "text",
      ...SERIES_NUMBERS,
    },
  },
  {
    name: "series_recent",
    source: "seriesRecent",
    key: ["seq"],
    columns: {
      seq: "bigint",
      app_seq: "bigint",
      endpoint_seq: "bigint",
      at: "bigint",
      dialect: "text",
      ...SERIES_NUMBERS,
    },
  },
];
