/**
 * Jobs continue where they stopped. A job over events walks the feed, whose positions stay the same. A job
 * over deliveries gets the ids of its remaining rows. A finished job walks nothing and keeps its numbers,
 * from which its figures are computed.
 */
import type { JobKind } from "../interface/jobs.ts";
import type { CopiedTable } from "./copied-table.ts";
import { copiedIdText } from "./copied-ids.ts";

const OF_FEED: readonly JobKind[] = ["endpoint.replay", "application.purge_content"];
const KINDS = OF_FEED.map((kind) => `'${kind}'`).join(", ");
const WALKS_DELIVERIES = `job.state = 'running' AND job.kind NOT IN (${KINDS})`;
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
      state: "text",
      params: {
        type: "text",
        // Rows that are created after the copy do not belong to the job.
        from: `json_set(job.params, '$.before', (SELECT coalesce(max(event.seq), 0) + 1 FROM event))`,
      },
      low: place("low"),
      position: place("position"),
      high: place("high"),
      done: "bigint",
      reason: "text",
      next_at: "bigint",
      created_at: "bigint",
      updated_at: "bigint",
    },
  },
];
