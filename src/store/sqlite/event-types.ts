/** Event types: one catalogue for the server, kept by name. Listed in the order of their names. */
import { AppError } from "../../core/error.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import type { EventType } from "../tenancy.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Writer } from "./writer-types.ts";

type EventTypeRow = {
  readonly name: string;
  readonly description: string;
  readonly archived: number;
  readonly deprecated: number;
  readonly groupName: string | null;
  readonly featureFlags: string | null;
  readonly schemas: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

function toEventType(row: EventTypeRow): EventType {
  return {
    ...row,
    archived: row.archived === 1,
    deprecated: row.deprecated === 1,
    featureFlags: row.featureFlags === null ? null : (JSON.parse(row.featureFlags) as string[]),
  };
}

export function createEventType(
  writer: Writer,
  p: { eventType: EventType; idempotencyKey: IdempotencyKey | null },
): Idempotent<EventType> {
  const before = findIdempotent(writer, p.idempotencyKey)?.[0];
  if (before !== undefined) {
    // One that was expunged since is answered as it was asked for.
    return { repeated: true, value: getEventType(writer, { name: before }) ?? p.eventType };
  }
  const existing = getEventType(writer, p.eventType);
  if (existing !== null && !existing.archived) {
    throw new AppError(
      "conflict",
      `The event type "${existing.name}" already exists; update it, or use another name.`,
    );
  }
  write(writer, p.eventType);
  saveIdempotent(writer, p.idempotencyKey, [p.eventType.name]);
  return { repeated: false, value: p.eventType };
}

export function seedEventTypes(writer: Writer, p: { eventTypes: readonly EventType[] }): void {
  for (const eventType of p.eventTypes) {
    if (getEventType(writer, eventType) === null) write(writer, eventType);
  }
}

export function getEventType(connection: Connection, p: { name: string }): EventType | null {
  const row = connection.sql("SELECT * FROM eventType WHERE name = ?").get(p.name);
  return row === undefined ? null : toEventType(row as EventTypeRow);
}

export function upsertEventType(
  writer: Writer,
  p: { eventType: EventType },
): { eventType: EventType; created: boolean } {
  const existing = getEventType(writer, p.eventType);
  const eventType =
    existing === null ? p.eventType : { ...p.eventType, createdAt: existing.createdAt };
  write(writer, eventType);
  return { eventType, created: existing === null };
}

export function updateEventType(
  writer: Writer,
  p: {
    name: string;
    change: Partial<Omit<EventType, "name" | "createdAt" | "updatedAt">>;
    now: number;
  },
): EventType | null {
  const existing = getEventType(writer, p);
  if (existing === null) return null;
  const eventType: EventType = { ...existing, ...p.change, updatedAt: p.now };
  write(writer, eventType);
  return eventType;
}

export function deleteEventType(
  writer: Writer,
  p: { name: string; expunge: boolean; now: number },
): boolean {
  const result = p.expunge
    ? writer.sql("DELETE FROM eventType WHERE name = ?").run(p.name)
    : writer
        .sql("UPDATE eventType SET archived = 1, updatedAt = ? WHERE name = ?")
        .run(p.now, p.name);
  return result.changes > 0;
}

export function listEventTypes(
  connection: Connection,
  p: PageRequest & { includeArchived: boolean },
): Page<EventType> {
  const upwards = readsUpwards(p);
  const rows = connection
    .sql(
      `SELECT * FROM eventType
       WHERE (?1 IS NULL OR name ${upwards ? ">" : "<"} ?1) AND (?2 = 1 OR archived = 0)
       ORDER BY name ${upwards ? "ASC" : "DESC"} LIMIT ?3`,
    )
    .all(p.after, p.includeArchived ? 1 : 0, pageLimit(p) + 1);
  return toPage(p, rows as EventTypeRow[], toEventType);
}

export function eventTypeNames(connection: Connection): readonly string[] {
  const rows = connection.sql("SELECT name FROM eventType ORDER BY name").all();
  return rows.map((row) => row["name"] as string);
}

function write(writer: Writer, eventType: EventType): void {
  writer
    .sql(
      `INSERT OR REPLACE INTO eventType (name, description, archived, deprecated, groupName,
         featureFlags, schemas, createdAt, updatedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      eventType.name,
      eventType.description,
      eventType.archived ? 1 : 0,
      eventType.deprecated ? 1 : 0,
      eventType.groupName,
      eventType.featureFlags === null ? null : JSON.stringify(eventType.featureFlags),
      eventType.schemas,
      eventType.createdAt,
      eventType.updatedAt,
    );
}
