/** After everything has settled: the store's rows against what was promised. */
import type { Writer } from "../../src/store/sqlite/writer-types.ts";
import type { Ledger } from "./ledger.ts";
import { Broken } from "./promises.ts";

const DELIVERED = 1;
const FAILED = 2;
/** `refused` is a 4xx where the dialect says that it is final. */
const FAIR_REASONS: ReadonlySet<string> = new Set(["exhausted", "refused"]);

export function checkEnd(p: { ledger: Ledger; writer: Writer; problems: readonly string[] }): void {
  const rows = p.writer
    .sql(
      `SELECT event.id AS eventId, endpoint.id AS endpointId, state, reason, attempts,
        (SELECT count(*) FROM attempt WHERE deliverySeq = delivery.seq) AS tried
        FROM delivery JOIN event ON event.seq = eventSeq JOIN endpoint ON endpoint.seq = endpointSeq`,
    )
    .all();
  const states = new Map(
    rows.map((row) => [`${String(row["eventId"])} at ${String(row["endpointId"])}`, row]),
  );
  for (const [key, { takes }] of p.ledger.owed) {
    const row = states.get(key);
    if (row === undefined) throw new Broken("accepted is owed", `${key} is not in the store`);
    const { state, reason } = row;
    if (state === DELIVERED && takes === 0) throw new Broken("delivered means taken", key);
    const isFair = state === DELIVERED || (state === FAILED && FAIR_REASONS.has(String(reason)));
    if (!isFair) {
      throw new Broken(
        "all is delivered or failed in the end",
        `${key}: ${String(state)} ${String(reason)}`,
      );
    }
    if (row["attempts"] !== row["tried"]) {
      throw new Broken(
        "our fault uses up no attempt",
        `${key}: ${String(row["attempts"])} of ${String(row["tried"])}`,
      );
    }
  }
  if (p.problems.length > 0) throw new Broken("the accounts agree", p.problems.join("; "));
}
