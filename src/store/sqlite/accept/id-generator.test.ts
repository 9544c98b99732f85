import assert from "node:assert/strict";
import { test } from "node:test";
import { SNOWFLAKE_AHEAD_MS, snowflakeTime } from "../../../core/ids/snowflake.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { MEMORY, openConnection, type Connection } from "../connection.ts";
import { createIdGenerator, type IdGenerator } from "./id-generator.ts";
import { migrate } from "../migrations.ts";

const HOUR_MS = 3_600_000;
const toNumber = (id: bigint): number => Number((id >> 14n) & 255n);

function openFile(): Connection {
  const connection = openConnection({ path: MEMORY, readOnly: false });
  migrate(connection);
  return connection;
}

function nextId(idGenerator: IdGenerator, instant: number): bigint {
  idGenerator.setInstant(instant);
  return idGenerator.snowflake();
}

test("a process that crashes every second for half an hour repeats no id and stays with the clock", () => {
  const file = openFile();
  const ids = new Set<bigint>();
  for (let ms = 0; ms < HOUR_MS / 2; ms += 1_000) {
    const id = nextId(createIdGenerator(file), START + ms);
    assert.ok(snowflakeTime(id) - START - ms <= 1);
    ids.add(id);
  }
  assert.equal(ids.size, 1_800);
});

test("ids do not repeat after a crash on a clock that stepped back, whichever ids came last", () => {
  const file = openFile();
  const ids = new Set<bigint>();
  for (let start = 0; start < 300; start++) {
    const idGenerator = createIdGenerator(file);
    for (let i = 0; i < 20; i++) ids.add(nextId(idGenerator, START));
  }
  assert.equal(ids.size, 6_000);
});

test("ids that run ahead of the clock change to a node number that is behind it", () => {
  const idGenerator = createIdGenerator(openFile());
  const ids = new Set<bigint>();
  let mostAhead = 0;
  // Four times the capacity of one node number.
  for (let ms = 0; ms < 3_000; ms++) {
    for (let i = 0; i < 64; i++) {
      const id = nextId(idGenerator, START + ms);
      ids.add(id);
      mostAhead = Math.max(mostAhead, snowflakeTime(id) - START - ms);
    }
  }
  assert.equal(ids.size, 3_000 * 64);
  assert.ok(mostAhead <= SNOWFLAKE_AHEAD_MS + 1, `${mostAhead} ms ahead`);
});

test("after a clock steps back by an hour, ids return to the clock", () => {
  const idGenerator = createIdGenerator(openFile());
  const before = nextId(idGenerator, START + HOUR_MS);
  const after = nextId(idGenerator, START);
  assert.equal(snowflakeTime(after), START);
  assert.notEqual(toNumber(after), toNumber(before));
});

test("after an orderly stop the node number continues right after its last id", () => {
  const file = openFile();
  const idGenerator = createIdGenerator(file);
  const id = nextId(idGenerator, START);
  idGenerator.keep();
  const row = file.sql("SELECT latestMs FROM snowflakeNode WHERE number = ?").get(toNumber(id));
  assert.equal(row?.["latestMs"], START);
});
