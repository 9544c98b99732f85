/** Event types: one catalogue for the server, by name. Listed in the order of their names. */
import { AppError } from "../../core/error.ts";
import { scopeToStore, type Idempotent, type IdempotencyKey } from "../idempotency.ts";
import type { Page } from "../page.ts";
import { pageLimit, readsUpwards, toOrder, toPage } from "../paging.ts";
import { isTrue, type Session, type Steps, type Value, type WriteSession } from "../session.ts";
import type { EventType, EventTypeStore } from "../interface/tenancy.ts";

type EventTypeRow = Omit<EventType, "archived" | "deprecated" | "custom" | "featureFlags"> & {
  readonly archived: boolean | number;
  readonly deprecated: boolean | number;
  readonly custom: boolean | number;
  /** A JSON array. */
  readonly featureFlags: string | null;
};

const COLUMNS =
  "name, description, archived, deprecated, group_name, feature_flags, schemas, created_at, updated_at, custom";

function toEventType(row: EventTypeRow): EventType {
  const { featureFlags } = row;
  return {
    ...row,
    archived: isTrue(row.archived),
    deprecated: isTrue(row.deprecated),
    custom: isTrue(row.custom),
    featureFlags: featureFlags === null ? null : (JSON.parse(featureFlags) as string[]),
  };
}

export function* createEventType(
  s: WriteSession,
  p: { eventType: EventType; idempotencyKey: IdempotencyKey | null },
): Steps<Idempotent<EventType>> {
  const key = scopeToStore(p.idempotencyKey);
  const before = (yield* s.findIdempotent(key))?.[0];
  if (before !== undefined) {
    // A type that was expunged since is answered as it was requested.
    return { repeated: true, value: (yield* getEventType(s, { name: before })) ?? p.eventType };
  }
  const existing = yield* lock(s, p.eventType.name);
  if (existing !== null && !existing.archived) {
    throw new AppError(
      "conflict",
      `The event type "${existing.name}" already exists; update it, or use another name.`,
    );
  }
  yield* existing === null ? insert(s, p.eventType) : replace(s, p.eventType);
  yield* s.saveIdempotent(key, [p.eventType.name]);
  return { repeated: false, value: p.eventType };
}

/** In the order of their names, so that two nodes that start at once do not wait for each other. */
export function* seedEventTypes(
  s: WriteSession,
  p: { eventTypes: readonly EventType[] },
): Steps<void> {
  if (p.eventTypes.length === 0) {
    yield* s.run("DELETE FROM event_type WHERE seeded = ?1", [true]);
    return;
  }
  const sorted = p.eventTypes.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  yield* s.together(sorted.map((eventType) => seed(s, eventType)));
}

export function* getEventType(
  s: Session,
  p: Parameters<EventTypeStore["get"]>[0],
): Steps<EventType | null> {
  const flags = ofFlags(s, p.featureFlags, 2);
  const row = yield* s.one<EventTypeRow>(
    `SELECT ${COLUMNS} FROM event_type WHERE name = ?1${flags.condition}`,
    [p.name, ...flags.values],
  );
  return row === null ? null : toEventType(row);
}

export function* upsertEventType(
  s: WriteSession,
  p: { eventType: EventType },
): Steps<{ eventType: EventType; created: boolean }> {
  const existing = yield* lock(s, p.eventType.name);
  if (existing === null) {
    yield* insert(s, p.eventType);
    return { eventType: p.eventType, created: true };
  }
  const eventType = { ...p.eventType, createdAt: existing.createdAt };
  yield* replace(s, eventType);
  return { eventType, created: false };
}

export function* updateEventType(
  s: WriteSession,
  p: {
    name: string;
    change: Partial<Omit<EventType, "name" | "createdAt" | "updatedAt">>;
    now: number;
  },
): Steps<EventType | null> {
  const existing = yield* lock(s, p.name);
  if (existing === null) return null;
  const eventType: EventType = { ...existing, ...p.change, updatedAt: p.now };
  yield* replace(s, eventType);
  return eventType;
}

export function* deleteEventType(
  s: WriteSession,
  p: { name: string; expunge: boolean; now: number },
): Steps<boolean> {
  const changed = p.expunge
    ? yield* s.run("DELETE FROM event_type WHERE name = ?1", [p.name])
    : yield* s.run("UPDATE event_type SET archived = ?1, updated_at = ?2 WHERE name = ?3", [
        true,
        p.now,
        p.name,
      ]);
  return changed > 0;
}

export function* listEventTypes(
  s: Session,
  p: Parameters<EventTypeStore["list"]>[0],
): Steps<Page<EventType>> {
  const upwards = readsUpwards(p);
  const flags = ofFlags(s, p.featureFlags, 4);
  const rows = yield* s.all<EventTypeRow>(
    `SELECT ${COLUMNS} FROM event_type
     WHERE (CAST(?1 AS TEXT) IS NULL OR name ${upwards ? ">" : "<"} ?1)
       AND (CAST(?2 AS BOOLEAN) OR NOT archived)${flags.condition}
     ORDER BY name ${toOrder(upwards)} LIMIT ?3`,
    [p.after, p.includeArchived, pageLimit(p) + 1, ...flags.values],
  );
  return toPage(p, rows, toEventType);
}

/** Selects types without flags, and those with one of the flags. `first` is the number of the next parameter. */
function ofFlags(
  s: Session,
  flags: readonly string[] | undefined,
  first: number,
): { readonly condition: string; readonly values: readonly string[] } {
  if (flags === undefined) return { condition: "", values: [] };
  // The names of flags have no quotes, so a quoted name is found as a whole item of the JSON array.
  const has = flags.map((_, index) => s.sql.includes("feature_flags", `?${first + index}`));
  const any = ["feature_flags IS NULL", "feature_flags = '[]'", ...has].join(" OR ");
  return { condition: ` AND (${any})`, values: flags.map((flag) => JSON.stringify(flag)) };
}

export function* eventTypeNames(s: Session): Steps<readonly string[]> {
  const rows = yield* s.all<{ name: string }>("SELECT name FROM event_type ORDER BY name");
  return rows.map(({ name }) => name);
}

/** Keeps the row from other changes. A concurrent insert fails on the primary key, and the work runs again. */
function* lock(s: WriteSession, name: string): Steps<EventType | null> {
  const row = yield* s.one<EventTypeRow>(
    `SELECT ${COLUMNS} FROM event_type WHERE name = ?1 ${s.sql.forUpdate}`,
    [name],
  );
  return row === null ? null : toEventType(row);
}

function insert(s: WriteSession, eventType: EventType): Steps<number> {
  return s.run(
    `INSERT INTO event_type (${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
    toValues(eventType),
  );
}

function seed(s: WriteSession, eventType: EventType): Steps<number> {
  return s.run(
    `INSERT INTO event_type (${COLUMNS}, seeded)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (name) DO NOTHING`,
    [...toValues(eventType), true],
  );
}

function replace(s: WriteSession, eventType: EventType): Steps<number> {
  return s.run(
    `UPDATE event_type SET description = ?2, archived = ?3, deprecated = ?4, group_name = ?5,
       feature_flags = ?6, schemas = ?7, created_at = ?8, updated_at = ?9, custom = ?10
     WHERE name = ?1`,
    toValues(eventType),
  );
}

/** The values of `COLUMNS`. */
function toValues(eventType: EventType): readonly Value[] {
  const { featureFlags } = eventType;
  return [
    eventType.name,
    eventType.description,
    eventType.archived,
    eventType.deprecated,
    eventType.groupName,
    featureFlags === null ? null : JSON.stringify(featureFlags),
    eventType.schemas,
    eventType.createdAt,
    eventType.updatedAt,
    eventType.custom,
  ];
}
