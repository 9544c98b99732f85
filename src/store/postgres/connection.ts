/**
 * Statements on one connection to PostgreSQL. Columns are `snake_case` in the database and camelCase in the
 * results. 64-bit integers are numbers when a double holds them exactly, and bigints otherwise (I8). No
 * statement relies on session state, so a pooler in transaction mode may stand in between.
 */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { Client, Pool, types, type PoolClient } from "pg";
import { findArrayTypes, toParameters, type ArrayTypes } from "./server/binary-arrays.ts";
import { isShapeChanged, Outdated } from "./server/pg-error.ts";

export type Row = Readonly<Record<string, unknown>>;

export type Connection = {
  /** Returns the rows of one statement. Never put values into the text. */
  sql<R = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Returns the number of rows that the statement wrote. */
  run(text: string, values?: readonly unknown[]): Promise<number>;
};

/** Whether statements are prepared. Some poolers do not support it; statements are then sent whole. */
export type Preparing = {
  enabled: boolean;
  /** Grows when a migration has changed the row shape of prepared statements; 0 by default. */
  generation?: number;
};

const QUERY_TIMEOUT_MS = 15_000;

const IDLE_TIMEOUT_MS = 10_000;
/** Shorter than the idle timeouts of load balancers and firewalls, which forget a silent connection. */
const KEEP_ALIVE_MS = 60_000;

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

export function createPool(p: {
  url: string;
  size: number;
  connectTimeoutMs: number;
  /** Time after which idle connections are closed, unless `options.min` of the pool keeps them. */
  idleTimeoutMs?: number;
  /** Runs on each new session before its first use. */
  verify?: (client: PoolClient) => Promise<void>;
}): Pool {
  const { verify } = p;
  const pool = new Pool({
    connectionString: p.url,
    max: p.size,
    idleTimeoutMillis: p.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    connectionTimeoutMillis: p.connectTimeoutMs,
    // Deadline for a server that has gone silent; the server's timeouts are shorter.
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // Statements that do not wait for each other's answers are sent together.
    pipeline: true,
    application_name: "hookline",
    types: { getTypeParser: toParser as never },
    Client,
    ...(verify === undefined ? undefined : { verify: toCallback(verify) }),
  });
  // A connection that is lost while idle is replaced at the next use. One that is lost while lent, between
  // two statements, fails with the next statement. No other code needs the event.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return pool;
}

function toCallback(verify: (client: PoolClient) => Promise<void>) {
  async function run(client: PoolClient, done: (error?: Error) => void): Promise<void> {
    let problem: Error | undefined;
    try {
      await verify(client);
    } catch (error) {
      problem = error as Error;
    }
    done(problem);
  }
  return (client: PoolClient, done: (error?: Error) => void): void => void run(client, done);
}

/**
 * Sends all statements of this turn of the event loop in one write. The driver writes each statement
 * separately, which costs a system call here and a wake-up of the server.
 */
export function sendTogether(client: PoolClient | Client): void {
  const { stream } = (client as unknown as Wired).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** The driver's stream, which its types leave out. */
type Wired = { readonly connection: { readonly stream: Duplex } };

export function toConnection(client: PoolClient | Client, preparing: Preparing): Connection {
  async function query(given: string, values: readonly unknown[]) {
    const { generation = 0 } = preparing;
    // A different text makes a pooler that knows statements by their texts prepare it again too.
    const text = generation === 0 ? given : `${given}\n-- ${generation}`;
    const { name, arrays } = toStatement(text);
    sendTogether(client);
    try {
      return await client.query({
        ...(preparing.enabled ? { name } : undefined),
        text,
        values: toParameters(arrays, values),
        rowMode: "array",
      });
    } catch (error) {
      if (!isShapeChanged(error)) throw error;
      // Concurrent statements may meet the same change: one new generation is enough for all.
      if ((preparing.generation ?? 0) === generation) preparing.generation = generation + 1;
      throw new Outdated("a prepared statement is older than its table", { cause: error });
    }
  }
  return {
    async sql<R>(text: string, values: readonly unknown[] = []) {
      const { rows, fields } = await query(text, values);
      if (rows.length === 0) return [];
      const names = fields.map(({ name }) => camelCase(name));
      return rows.map((row) => toObject(names, row as unknown[])) as R[];
    },
    async run(text, values = []) {
      return (await query(text, values)).rowCount ?? 0;
    },
  };
}

function toObject(names: readonly string[], row: readonly unknown[]): Row {
  const object: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) object[names[i] as string] = row[i];
  return object;
}

const driversParser = types.getTypeParser as (
  oid: number,
  format: "text",
) => (text: string) => unknown;

const camelCased = new Map<string, string>();

function camelCase(name: string): string {
  let known = camelCased.get(name);
  if (known === undefined) {
    known = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    camelCased.set(name, known);
  }
  return known;
}

type Statement = { readonly name: string; readonly arrays: ArrayTypes };

const statements = new Map<string, Statement>();

/** The same text has the same name on every connection. */
function toStatement(text: string): Statement {
  let statement = statements.get(text);
  if (statement === undefined) {
    const name = `h${createHash("sha256").update(text).digest("base64url").slice(0, 20)}`;
    statement = { name, arrays: findArrayTypes(text) };
    statements.set(text, statement);
  }
  return statement;
}

function toParser(oid: number): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return exactNumber;
  if (oid === BYTEA) return toBytes;
  return driversParser(oid, "text");
}

function exactNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const readEscaped = driversParser(BYTEA, "text") as (text: string) => Uint8Array;

/** Reads both forms: a role or a database may set `bytea_output = escape`. */
function toBytes(text: string): Uint8Array {
  const bytes = text.startsWith("\\x") ? Buffer.from(text.slice(2), "hex") : readEscaped(text);
  return new Uint8Array(bytes);
}
