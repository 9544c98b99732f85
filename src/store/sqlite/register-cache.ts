/**
 * Contacts, lines and conversations that the writer has seen lately: most events name participants that
 * an event shortly before them named. Nobody else writes the file, so a kept row is the row; a
 * rollback forgets all of them.
 */
import type { Contact, Conversation, Line } from "../../core/snapshot.ts";

export type RegisterCache = {
  readonly contacts: Kept<Contact>;
  readonly lines: Kept<Line>;
  readonly conversations: Kept<Conversation>;
  /** After a line was registered or removed. */
  forgetLines(): void;
  forgetAll(): void;
};

/** By text keys that begin with the app's number; at the limit it starts anew. */
export type Kept<Row> = {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
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
    set(key, row) {
      if (rows.size >= LIMIT) rows.clear();
      rows.set(key, row);
    },
  };
}
