/** Counts of an endpoint's attempts by outcome. */
import type { AttemptCounts } from "../../interface/endpoints.ts";
import { findApp } from "../tenancy/apps.ts";
import { type ChunkCounts, countInChunks } from "./count-chunks.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import type { Reader } from "../types.ts";

type Counted = ChunkCounts<keyof AttemptCounts>;

export async function endpointAttempts(
  reader: Reader,
  p: { appRef: string; ref: string; since: number | null; until: number | null },
): Promise<AttemptCounts | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  return await countInChunks(reader, { ...p, names: ["success", "fail"] }, async (chunk) => {
    const [counted] = await reader.sql<Counted>(
      `SELECT max(seq) AS last, count(*) AS rows,
         count(*) FILTER (WHERE counts AND succeeded) AS success,
         count(*) FILTER (WHERE counts AND NOT succeeded) AS fail
       FROM (SELECT seq, succeeded, at >= $1 AND at < $2 AND event_seq >= $3 AS counts
         FROM attempt WHERE endpoint_seq = $4 AND seq >= $5 AND seq < $6
         ORDER BY seq LIMIT ${chunk.limit}) AS chunk`,
      [chunk.since, chunk.until, chunk.leastEvent, endpoint.seq, chunk.low, chunk.high],
    );
    return counted as Counted;
  });
}
