/**
 * Jobs continue where they stopped. A job over events or endpoints has the same places in both stores. A task
 * that counts all deliveries fails instead and can be repeated, because ids of deliveries change. A replay
 * over deliveries gets the ids of its remaining rows. A finished job walks nothing and keeps its numbers,
 * from which its figures are computed.
 */
import type { JobKind } from "../interface/jobs.ts";
import type { CopiedTable } from "./copied-table.ts";
import { copiedIdText } from "./copied-ids.ts";

const IN_PLACE: readonly JobKind[] = [
  "endpoint.replay",
  "application.purge_content",
  "application.stats",
  "event-type.aggregate",
];
const KINDS = IN_PLACE.map((kind) => `'${kind}'`).join(", ");
// Instants of failures are the same in both stores.
const WALKS_DELIVERIES = `job.state IN ('running', 'waiting') AND job.kind NOT IN (${KINDS})
  AND json_extract(job.params, '$.filter.failures') IS NULL`;
const COUNTS = "job.state = 'running' AND job.kind = 'application.stats'";
const ID = copiedIdText("delivery.acceptedAt", "delivery.seq");

function idOfRows(which: string, from: "low" | "position"): string {
  return `(SELECT ${which} FROM delivery WHERE delivery.endpointSeq = job.endpointSeq
    AND delivery.seq >= job.${from} AND delivery.seq < job.high)`;
}

const END = `coalesce(${idOfRows(`max(${ID}) + 1`, "low")}, 0)`;
const PLACES = {
  low: `coalesce(${idOfRows(`min(${ID})`, "low")}, 0)`,
  position: `coalesce(${idOfRows(`min(${ID})`, "position")}, ${END})`,
  high: END,
};

function place(name: keyof typeof PLACES): { type: "bigint"; from: string } {
  return {
    type: "bigint",
    from: `CASE WHEN ${WALKS_DELIVERIES} THEN ${PLACES[name]} ELSE job.${name} END`,
  };
}

export const JOBS: readonly CopiedTable[] = [
  {
    name: "job",
    source: "job",
    key: ["seq"],
    columns: {
      seq: "bigint",
      id: "text",
      app_seq: "bigint",
      endpoint_seq: "bigint",
      kind: "text",
      state: { type: "text", from: `CASE WHEN ${COUNTS} THEN 'failed' ELSE job.state END` },
      params: {
        type: "text",
        // Rows that are created after the copy do not belong to the job.
        from: `json_set(json_remove(job.params, '$.seq'), '$.before',
          (SELECT coalesce(max(event.seq), 0) + 1 FROM event))`,
      },
      low: place("low"),
      position: place("position"),
      high: place("high"),
      done: "bigint",
      reason: { type: "text", from: `CASE WHEN ${COUNTS} THEN 'store_copied' ELSE job.reason END` },
      next_at: "bigint",
      created_at: "bigint",
      updated_at: "bigint",
      group_id: "text",
    },
  },
  {
    name: "job_result",
    source: "jobResult",
    key: ["jobSeq", "appSeq", "name"],
    columns: { job_seq: "bigint", app_seq: "bigint", name: "text", amount: "bigint" },
  },
];
