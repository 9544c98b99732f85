import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { DEDUPE_WINDOWS } from "../../accept/rotation.ts";
import { MEMORY, openConnection, type Connection } from "../connection.ts";
import { migrate } from "../migrations.ts";
import { createWindows, findInWindow, type Windows } from "./dedupe-windows.ts";

const { event, message } = WINDOW_KINDS;
const APP = 7;
/** More than are moved together, twice. */
const MANY = 20_000;
const PER_COMMIT = 500;

function openWindows(): Connection {
  const connection = openConnection({ path: MEMORY, readOnly: false });
  migrate(connection);
  return connection;
}

function commit({ db }: Connection, windows: Windows, work: () => void): void {
  db.exec("BEGIN");
  work();
  windows.flush();
  db.exec("COMMIT");
  windows.committed();
}

function count({ db }: Connection, table: string): number {
  return db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"] as number;
}

/** The digits are reversed, so that an id does not predict the place of the next one. */
const toId = (n: number): string => Array.from(`m-${n}`).toReversed().join("");

describe("the dedupe windows of a file", () => {
  test("an id is found in the log, on its way and in the table, by the writer, by queries and after a restart", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    /** Where the first id was, in turn. */
    const seen = new Set<string>();
    for (let from = 0; from < MANY; from += PER_COMMIT) {
      commit(connection, windows, () => {
        for (let n = from; n < from + PER_COMMIT; n++) windows.keep(APP, message, toId(n), n);
      });
      const restarted = createWindows(connection);
      for (const n of [0, from >> 1, from, from + PER_COMMIT - 1]) {
        for (const find of [
          windows.find,
          restarted.find,
          (...id: Parameters<Windows["find"]>) => findInWindow(connection, ...id),
        ]) {
          assert.equal(find(APP, message, toId(n)), n);
          assert.equal(find(APP, event, toId(n)), null);
          assert.equal(find(APP + 1, message, toId(n)), null);
          assert.equal(find(APP, message, toId(from + PER_COMMIT)), null);
        }
      }
      const isLogged = count(connection, "windowLog WHERE seq = 1") > 0;
      const isInTable = count(connection, `window0 WHERE id = '${toId(0)}'`) > 0;
      seen.add(isLogged ? (isInTable ? "both" : "log") : isInTable ? "table" : "nowhere");
    }
    assert.deepEqual([...seen], ["log", "both", "table"]);
    assert.ok(count(connection, "windowLog") < count(connection, "window0") / PER_COMMIT);
  });

  test("the later entry of an id counts wherever the earlier one is", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    const isFound = (ref: number): void => {
      assert.equal(windows.find(APP, message, "id"), ref);
      assert.equal(findInWindow(connection, APP, message, "id"), ref);
      assert.equal(createWindows(connection).find(APP, message, "id"), ref);
    };
    commit(connection, windows, () => {
      windows.keep(APP, message, "id", 1);
      windows.keep(APP, message, "id", 2);
    });
    isFound(2);
    commit(connection, windows, () => windows.keep(APP, message, "id", 3));
    isFound(3);
    commit(connection, windows, () => windows.moveAll());
    isFound(3);
    assert.equal(count(connection, "windowLog"), 0);
    commit(connection, windows, () => windows.keep(APP, message, "id", 4));
    isFound(4);
    commit(connection, windows, () => windows.moveAll());
    isFound(4);
    assert.equal(count(connection, "window0"), 1);
  });

  test("a later entry counts while the earlier one is on its way", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    commit(connection, windows, () => {
      for (let n = 0; n < MANY; n++) windows.keep(APP, message, toId(n), n);
    });
    // The order of the rows is that of the ids, so the last one is still on its way.
    const last = Array.from({ length: MANY }, (_, n) => toId(n))
      .toSorted()
      .at(-1) as string;
    commit(connection, windows, () => windows.keep(APP, message, "next", 1));
    commit(connection, windows, () => windows.keep(APP, message, last, -1));
    for (let commits = 0; count(connection, "window0") < MANY; commits++) {
      assert.ok(commits < MANY, "the ids are not moved");
      assert.equal(windows.find(APP, message, last), -1);
      assert.equal(createWindows(connection).find(APP, message, last), -1);
      assert.equal(findInWindow(connection, APP, message, last), -1);
      commit(connection, windows, () => undefined);
    }
    assert.equal(windows.find(APP, message, last), -1);
    assert.equal(createWindows(connection).find(APP, message, last), -1);
  });

  test("a rollback to a savepoint forgets its ids, and restores those that it had gathered", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    const { db } = connection;
    commit(connection, windows, () => windows.keep(APP, event, "before", 1));
    commit(connection, windows, () => {
      windows.keep(APP, event, "same", 2);
      db.exec("SAVEPOINT call");
      const mark = windows.mark();
      windows.keep(APP, event, "same", 3);
      windows.keep(APP, event, "refused", 4);
      windows.moveAll();
      windows.keep(APP, event, "refused too", 5);
      db.exec("ROLLBACK TO call");
      windows.rollback(mark);
      windows.keep(APP, event, "after", 6);
    });
    const expected = [1, 2, null, null, 6];
    for (const { find } of [windows, createWindows(connection)]) {
      const ids = ["before", "same", "refused", "refused too", "after"];
      assert.deepEqual(
        ids.map((id) => find(APP, event, id)),
        expected,
      );
    }
  });

  test("a transaction that fails at its COMMIT leaves the ids of earlier ones, and may run again", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    const { db } = connection;
    let next = 0;
    for (let commits = 0; commits < 3 * (8_192 / PER_COMMIT); commits++) {
      const from = next;
      for (const fails of [true, false]) {
        db.exec("BEGIN");
        for (let n = from; n < from + PER_COMMIT; n++) windows.keep(APP, event, toId(n), n);
        windows.flush();
        if (!fails) {
          db.exec("COMMIT");
          windows.committed();
          continue;
        }
        db.exec("ROLLBACK");
        windows.rollback(0);
        assert.equal(windows.find(APP, event, toId(from)), null);
        if (from > 0) assert.equal(windows.find(APP, event, toId(from - 1)), from - 1);
      }
      next += PER_COMMIT;
    }
    commit(connection, windows, () => windows.moveAll());
    assert.equal(count(connection, "window0"), next);
    assert.equal(count(connection, "windowLog"), 0);
  });

  test("an id may have any characters", () => {
    const connection = openWindows();
    const windows = createWindows(connection);
    const ids = ["", " ", "a b", "1 2 x", '"', "\\", "\u0000", "é", "🙂", "%", "_", "\n"];
    commit(connection, windows, () => {
      for (const [ref, id] of ids.entries()) windows.keep(APP, event, id, ref);
    });
    for (const moves of [false, true]) {
      if (moves) commit(connection, windows, () => windows.moveAll());
      for (const [ref, id] of ids.entries()) {
        assert.equal(windows.find(APP, event, id), ref);
        assert.equal(findInWindow(connection, APP, event, id), ref, JSON.stringify(id));
        assert.equal(createWindows(connection).find(APP, event, id), ref);
      }
    }
    assert.equal(count(connection, DEDUPE_WINDOWS.tables[0] as string), ids.length);
  });
});
