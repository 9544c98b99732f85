/** Where the rows of a new job are: row ids, which are in the order of acceptance here. */
import type { NewJob } from "../../interface/jobs.ts";
import type { JobPlaces } from "../../session.ts";
import type { Connection } from "../connection.ts";
import { rangeOfTime } from "../history/time-position.ts";

const GREATEST = {
  event: "SELECT max(seq) AS seq FROM event",
  delivery: "SELECT max(seq) AS seq FROM delivery",
} as const;

/** Rows that exist now and may be in the time of the job; rows that come later are not part of it. */
export function jobPlaces(connection: Connection, { kind, params }: NewJob): JobPlaces {
  const table = kind === "endpoint.replay" ? "event" : "delivery";
  const range = rangeOfTime(connection, table, params);
  const greatest = (connection.sql(GREATEST[table]).get()?.["seq"] as number | null) ?? 0;
  const high = Math.min(range.high, greatest + 1);
  return { low: Math.min(range.low, high), high, params };
}
