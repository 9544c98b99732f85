/**
 * Contacts, lines and conversations that the writer used recently. Most events name participants of an event
 * shortly before. Only this writer changes the file, so a cached row is current. A rollback clears the cache.
 */
import type { Contact, Conversation, Line } from "../../../core/snapshot.ts";

export type RegisterCache = {
  readonly contacts: Kept<Contact>;
  readonly lines: Kept<Line>;
  readonly conversations: Kept<Conversation>;
  /** Called after a line was registered or removed. */
  forgetLines(): void;
  forgetAll(): void;
};

/** Cached rows by text keys that begin with the app's number; at the limit the cache is cleared. */
export type Kept<Row> = {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
  delete(key: string): void;
};

/** About 500 bytes each. */
const LIMIT = 20_000;

export function createRegisterCache(): RegisterCache {
  const contacts = new Map<string, Contact>();
  const lines = new Map<string, Line>();
  const conversations = new Map<string, Conversation>();
  return {
    contacts: bounded(contacts),
    lines: bounded(lines),
    conversations: bounded(conversations),
    forgetLines: () => lines.clear(),
    forgetAll() {
      contacts.clear();
      lines.clear();
      conversations.clear();
    },
  };
}

function bounded<Row>(rows: Map<string, Row>): Kept<Row> {
  return {
    get: (key) => rows.get(key),
    delete: (key) => void rows.delete(key),
    set(key, row) {
      if (rows.size >= LIMIT) rows.clear();
      rows.set(key, row);
    },
  };
}
