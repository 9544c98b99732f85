/** Compares the store's rows with the promises, after the run has settled. */
import type { Writer } from "../../src/store/sqlite/thread/writer-types.ts";
import type { Ledger } from "./ledger.ts";
import { Broken } from "./promises.ts";

const DELIVERED = 1;
const FAILED = 2;
/** `refused` is a 4xx of a dialect that treats it as final. */
const FAIR_REASONS: ReadonlySet<string> = new Set(["exhausted", "refused"]);

export function checkEnd(p: { ledger: Ledger; writer: Writer; problems: readonly string[] }): void {
  const rows = p.writer
    .sql(
      `SELECT event.id AS eventId, endpoint.id AS endpointId, state, reason, attempts,
        (SELECT count(*) FROM attempt WHERE deliverySeq = delivery.seq) AS tried
        FROM delivery JOIN event ON event.seq = eventSeq JOIN endpoint ON endpoint.seq = endpointSeq`,
    )
    .all();
  const twice = findTwice(rows.map(toKey));
  if (twice !== undefined) throw new Broken("one delivery of an event per endpoint", twice);
  if (p.ledger.leftEvents() > 0) {
    throw new Broken("accepted is pending", `${p.ledger.leftEvents()} events are not fanned out`);
  }
  const states = new Map(rows.map((row) => [toKey(row), row]));
  for (const [key, { takes }] of p.ledger.pending) {
    const row = states.get(key);
    if (row === undefined) throw new Broken("accepted is pending", `${key} is not in the store`);
    const { state, reason } = row;
    if (state === DELIVERED && takes === 0) throw new Broken("delivered means received", key);
    const isFair = state === DELIVERED || (state === FAILED && FAIR_REASONS.has(String(reason)));
    if (!isFair) {
      throw new Broken(
        "every delivery is delivered or failed at the end",
        `${key}: ${String(state)} ${String(reason)}`,
      );
    }
    if (row["attempts"] !== row["tried"]) {
      throw new Broken(
        "a server fault uses up no attempt",
        `${key}: ${String(row["attempts"])} of ${String(row["tried"])}`,
      );
    }
  }
  if (p.problems.length > 0) throw new Broken("the accounts agree", p.problems.join("; "));
}

function toKey(row: Readonly<Record<string, unknown>>): string {
  return `${String(row["eventId"])} at ${String(row["endpointId"])}`;
}

function findTwice(keys: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return keys.find((key) => seen.size === seen.add(key).size);
}
