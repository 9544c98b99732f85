/**
 * Event types: one catalogue for the server, keyed and listed by name. A change locks the event type while
 * reading it. If another node creates the same one meanwhile, the primary key refuses the second, and the
 * rerun finds it.
 */
import { AppError } from "../../core/error.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import type { EventType } from "../tenancy.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import type { Reader, Tx } from "./types.ts";

type EventTypeRow = Omit<EventType, "featureFlags"> & { readonly featureFlags: string | null };

const COLUMNS =
  "name, description, archived, deprecated, group_name, feature_flags, schemas, created_at, updated_at";

function toEventType(row: EventTypeRow): EventType {
  const { featureFlags } = row;
  return {
    ...row,
    featureFlags: featureFlags === null ? null : (JSON.parse(featureFlags) as string[]),
  };
}

export async function createEventType(
  tx: Tx,
  p: { eventType: EventType; idempotencyKey: IdempotencyKey | null },
): Promise<Idempotent<EventType>> {
  const before = (await findIdempotent(tx, p.idempotencyKey))?.[0];
  if (before !== undefined) {
    // An event type that was expunged since is returned as requested.
    return { repeated: true, value: (await find(tx, before)) ?? p.eventType };
  }
  const existing = await lock(tx, p.eventType.name);
  if (existing !== null && !existing.archived) {
    throw new AppError(
      "conflict",
      `The event type "${existing.name}" already exists; update it, or use another name.`,
    );
  }
  await (existing === null ? insert(tx, [p.eventType]) : replace(tx, p.eventType));
  await saveIdempotent(tx, p.idempotencyKey, [p.eventType.name]);
  return { repeated: false, value: p.eventType };
}

export async function seedEventTypes(
  tx: Tx,
  p: { eventTypes: readonly EventType[] },
): Promise<void> {
  await insert(tx, p.eventTypes, "ON CONFLICT (name) DO NOTHING");
}

export async function getEventType(reader: Reader, p: { name: string }): Promise<EventType | null> {
  return await find(reader, p.name);
}

export async function upsertEventType(
  tx: Tx,
  p: { eventType: EventType },
): Promise<{ eventType: EventType; created: boolean }> {
  const existing = await lock(tx, p.eventType.name);
  if (existing === null) {
    await insert(tx, [p.eventType]);
    return { eventType: p.eventType, created: true };
  }
  const eventType = { ...p.eventType, createdAt: existing.createdAt };
  await replace(tx, eventType);
  return { eventType, created: false };
}

export async function updateEventType(
  tx: Tx,
  p: {
    name: string;
    change: Partial<Omit<EventType, "name" | "createdAt" | "updatedAt">>;
    now: number;
  },
): Promise<EventType | null> {
  const existing = await lock(tx, p.name);
  if (existing === null) return null;
  const eventType: EventType = { ...existing, ...p.change, updatedAt: p.now };
  await replace(tx, eventType);
  return eventType;
}

export async function deleteEventType(
  tx: Tx,
  p: { name: string; expunge: boolean; now: number },
): Promise<boolean> {
  const changed = p.expunge
    ? await tx.run("DELETE FROM event_type WHERE name = $1", [p.name])
    : await tx.run("UPDATE event_type SET archived = true, updated_at = $1 WHERE name = $2", [
        p.now,
        p.name,
      ]);
  return changed > 0;
}

export async function listEventTypes(
  reader: Reader,
  p: PageRequest & { includeArchived: boolean },
): Promise<Page<EventType>> {
  const upwards = readsUpwards(p);
  const rows = await reader.sql<EventTypeRow>(
    `SELECT ${COLUMNS} FROM event_type
     WHERE ($1::text IS NULL OR name ${upwards ? ">" : "<"} $1) AND ($2::boolean OR NOT archived)
     ORDER BY name ${upwards ? "ASC" : "DESC"} LIMIT $3`,
    [p.after, p.includeArchived, pageLimit(p) + 1],
  );
  return toPage(p, rows, toEventType);
}

export async function eventTypeNames(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.sql<{ name: string }>("SELECT name FROM event_type ORDER BY name");
  return rows.map(({ name }) => name);
}

async function find(
  connection: Connection,
  name: string,
  more: "" | "FOR UPDATE" = "",
): Promise<EventType | null> {
  const [row] = await connection.sql<EventTypeRow>(
    `SELECT ${COLUMNS} FROM event_type WHERE name = $1 ${more}`,
    [name],
  );
  return row === undefined ? null : toEventType(row);
}

async function lock(tx: Tx, name: string): Promise<EventType | null> {
  return await find(tx, name, "FOR UPDATE");
}

async function insert(tx: Tx, eventTypes: readonly EventType[], more = ""): Promise<void> {
  const columns = toColumns(eventTypes);
  await tx.run(
    `INSERT INTO event_type (${COLUMNS})
     SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[], $5::text[],
       $6::text[], $7::text[], $8::bigint[], $9::bigint[]) AS given (${COLUMNS})
     ORDER BY name ${more}`,
    columns,
  );
}

/** Replaces all columns except the name. */
async function replace(tx: Tx, eventType: EventType): Promise<void> {
  await tx.run(
    `UPDATE event_type SET description = $2, archived = $3, deprecated = $4, group_name = $5,
       feature_flags = $6, schemas = $7, created_at = $8, updated_at = $9 WHERE name = $1`,
    toColumns([eventType]).map(([value]) => value),
  );
}

/** The values of each column of `COLUMNS`. */
function toColumns(eventTypes: readonly EventType[]): readonly (readonly unknown[])[] {
  return [
    eventTypes.map(({ name }) => name),
    eventTypes.map(({ description }) => description),
    eventTypes.map(({ archived }) => archived),
    eventTypes.map(({ deprecated }) => deprecated),
    eventTypes.map(({ groupName }) => groupName),
    eventTypes.map(({ featureFlags }) =>
      featureFlags === null ? null : JSON.stringify(featureFlags),
    ),
    eventTypes.map(({ schemas }) => schemas),
    eventTypes.map(({ createdAt }) => createdAt),
    eventTypes.map(({ updatedAt }) => updatedAt),
  ];
}
