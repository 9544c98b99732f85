/**
 * Session settings that the program relies on. A role, a database or the server's configuration may set them
 * differently. With a pooler the program can set them only for one transaction. So each new session is
 * checked before its first use, and refused with a sentence that says which command to run. Settings that
 * only change how values are printed are harmless: results are read independently of them.
 */
import type { Client } from "pg";

type Rule = {
  readonly name: string;
  readonly holds: (value: string) => boolean;
  /** The value to set instead. */
  readonly wanted: string;
  readonly reason: string;
};

const isOn = (value: string): boolean => value === "on";
/** No limit, or one that a healthy statement never reaches. */
const atLeast =
  (ms: number) =>
  (value: string): boolean =>
    Number(value) === 0 || Number(value) >= ms;

const RULES: readonly Rule[] = [
  {
    name: "array_nulls",
    holds: isOn,
    wanted: "on",
    reason: "absent values would be stored as the text NULL",
  },
  {
    name: "session_replication_role",
    holds: (value) => value !== "replica",
    wanted: "origin",
    reason: "foreign keys would not be checked",
  },
  {
    name: "client_min_messages",
    holds: (value) => value !== "error",
    wanted: "warning",
    reason: "the warning that a commit did not reach its standby would be lost",
  },
  {
    name: "default_transaction_isolation",
    holds: (value) => value === "read committed",
    wanted: "'read committed'",
    reason: "concurrent statements would fail instead of waiting",
  },
  {
    name: "exit_on_error",
    holds: (value) => value === "off",
    wanted: "off",
    reason: "every transaction that has to be retried would end its session",
  },
  {
    name: "statement_timeout",
    holds: atLeast(5_000),
    wanted: "0",
    reason: "it is less than 5 seconds, and each transaction sets its own",
  },
  {
    name: "lock_timeout",
    holds: atLeast(1_000),
    wanted: "0",
    reason: "it is less than a second, and each transaction sets its own",
  },
  {
    name: "idle_in_transaction_session_timeout",
    holds: atLeast(5_000),
    wanted: "0",
    reason: "it is less than 5 seconds, and each transaction sets its own",
  },
  {
    name: "transaction_timeout",
    holds: atLeast(60_000),
    wanted: "0",
    reason: "it is less than a minute, and maintenance may take that long",
  },
  {
    // With this setting the program closes all idle connections after 10 seconds.
    name: "idle_session_timeout",
    holds: atLeast(15_000),
    wanted: "0",
    reason: "it is less than 15 seconds, so sessions would end while they are in use",
  },
  ...["enable_indexscan", "enable_nestloop", "enable_partition_pruning"].map((name) => ({
    name,
    holds: isOn,
    wanted: "on",
    reason: "each claim would read whole tables",
  })),
];

/** A session that must not be used. The sentence is for the operator. */
export class UnfitSession extends Error {}

/** Rejects with `UnfitSession`. A setting that the server's version does not know is accepted. */
export async function checkSession(client: Pick<Client, "query">): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "SELECT name, setting FROM pg_settings WHERE name = ANY ($1)",
    [RULES.map(({ name }) => name)],
  );
  const values = new Map(rows.map(({ name, setting }) => [name, setting]));
  const broken = RULES.find(({ name, holds }) => {
    const value = values.get(name);
    return value !== undefined && !holds(value);
  });
  if (broken === undefined) return;
  const { name, wanted, reason } = broken;
  const { rows: names } = await client.query<{ role: string; database: string }>(
    "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database",
  );
  const { role = "", database = "" } = names[0] ?? {};
  throw new UnfitSession(
    `The PostgreSQL setting ${name} is "${values.get(name)}" for the role ${role}: ${reason}. ` +
      `Run: ALTER ROLE ${role} IN DATABASE ${database} SET ${name} = ${wanted}.`,
  );
}
