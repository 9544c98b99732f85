/** The rows of outcomes: deliveries and attempts, one by one. */
import { ATTEMPT_COLUMNS, writeAttempts, type AttemptValues } from "../../queue/attempt-columns.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { Current, OutcomeChange, Written } from "../../queue/queue-statements.ts";
import type { Writer } from "../thread/writer-types.ts";

export function writeOutcomes(
  writer: Writer,
  changes: readonly (Current & { readonly change: OutcomeChange })[],
): readonly Written[] {
  const written: Written[] = [];
  for (const { outcome, endpoint, change } of changes) {
    const row = update(writer, { outcome, endpoint, change });
    if (row === undefined) continue;
    const [eventSeq, orderingKey, before, , bytes] = row;
    const attempts = before + change.attempts;
    written.push({ outcome, endpoint, eventSeq, orderingKey, bytes, attempts });
  }
  return written;
}

type Row = [
  eventSeq: number,
  orderingKey: string | null,
  attempts: number,
  manual: number,
  bytes: number,
];

/**
 * Changes the delivery when it is still leased under this fence. A read followed by an update takes half the
 * time of one UPDATE … RETURNING (3.3 and 7.6 µs, 2026-11-22, 2 cores).
 */
function update(
  { sql, arrays }: Writer,
  p: Current & { readonly change: OutcomeChange },
): Row | undefined {
  const { deliveryId, fence } = p.outcome;
  const { change } = p;
  const { appSeq } = p.endpoint;
  const row = arrays(
    "SELECT eventSeq, orderingKey, attempts, manual, bytes FROM delivery WHERE seq = ? AND fence = ? AND state = 0",
  ).get(deliveryId, fence) as unknown as Row | undefined;
  if (row === undefined) return undefined;
  const attempts = row[2] + change.attempts;
  const manual = change.keepsManual ? row[3] : 0;
  // The columns of indexes are written only when they change.
  if (change.finishedAt === null) {
    sql(
      `UPDATE delivery SET fence = NULL, dueAt = ?, slot = ?, attempts = ?, manual = ?
        WHERE seq = ?`,
    ).run(change.dueAt, change.slot, attempts, manual, deliveryId);
    return row;
  }
  // Before the state, so that an index has the row once. Other deliveries have no such column to write.
  if (change.state === STATES.failed) {
    sql("UPDATE delivery SET failedApp = ? WHERE seq = ?").run(appSeq, deliveryId);
  }
  sql(
    `UPDATE delivery SET state = ?, reason = ?, finishedAt = ?, fence = NULL, attempts = ?,
      manual = ? WHERE seq = ?`,
  ).run(change.state, change.reason, change.finishedAt, attempts, manual, deliveryId);
  return row;
}

const INSERT = `INSERT INTO attempt (${ATTEMPT_COLUMNS.join(", ")})
  VALUES (${ATTEMPT_COLUMNS.map(() => "?").join(", ")})`;

export function insertAttempts({ sql, sequences }: Writer, rows: readonly Written[]): void {
  const insert = sql(INSERT);
  const write: (...values: AttemptValues) => unknown = insert.run.bind(insert);
  writeAttempts(rows, () => sequences.next("attempt"), write);
}
