/**
 * F27, for I4: an application publishes without a pause on 64 connections, first full batches, then single
 * events. Its backlog waits in its own turns: the victim's publishes are all accepted, and its deliveries
 * arrive, as before. The attacker's refusals name its limit, and nothing of it that was accepted is lost.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import { startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { BATCH_EVENTS, prepareAcceptFlood, type Flood } from "./harness/accept-flood.ts";
import { pickLength } from "./harness/length.ts";
import { measureAttacks, type MeasuredAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 100, long: 1500 });
const SETTINGS = {
  HOOKLINE_SECRET_KEY: Buffer.alloc(32, 9).toString("base64"),
  HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
  // Fewer than the attacker's connections.
  HOOKLINE_LIMIT_EVENTS_WAITING: "60",
};
const COUNT = "SELECT count(*) AS events FROM event WHERE type LIKE 'flood.%'";

async function attacked(t: TestContext, nodes: readonly ServerProcess[]) {
  await using prepared = await prepareAcceptFlood(nodes.map(({ url }) => url));
  const publishes = { publishes: PUBLISHES, warmPublishes: 20 };
  const measured = await measureAttacks(nodes[0] as ServerProcess, prepared, publishes);
  for (const { name, figures, outcome } of measured) {
    t.diagnostic(`${name}: ${victimText(figures)}; attack: ${JSON.stringify(outcome.answers)}`);
  }
  return measured;
}

function assertBounded(
  [batches, singles]: readonly MeasuredAttack<Flood>[],
  storedEvents: number,
): void {
  assert.ok(batches !== undefined && singles !== undefined);
  assertUnharmed(batches.figures);
  assertUnharmed(singles.figures);
  for (const text of batches.outcome.refusals) assert.match(text, /events_waiting/);
  assert.match(singles.outcome.refusals[0] ?? "", /events_waiting/);
  const accepted = (flood: Flood) => flood.answers["202"] ?? 0;
  const acceptedEvents = BATCH_EVENTS * accepted(batches.outcome) + accepted(singles.outcome);
  assert.ok(acceptedEvents > 0);
  assert.ok(storedEvents >= acceptedEvents, `${acceptedEvents} accepted, ${storedEvents} stored`);
}

test("F27 a flood of publishes of one application does not harm the others, on sqlite", async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  await using server = await startServer({
    settings: { ...SETTINGS, HOOKLINE_STORE: `sqlite:${file}` },
  });
  const measured = await attacked(t, [server]);
  const reader = new DatabaseSync(file, { readOnly: true });
  const { events } = reader.prepare(COUNT).get() as { events: number };
  reader.close();
  assertBounded(measured, events);
});

test("F27 a flood of publishes of one application does not harm the others, on postgres with two nodes", async (t) => {
  await using database = await makeDatabase();
  const settings = { ...SETTINGS, HOOKLINE_STORE: database.url };
  await using first = await startServer({ settings });
  await using second = await startServer({ settings });
  const measured = await attacked(t, [first, second]);
  const [row] = await database.sql(COUNT);
  assertBounded(measured, Number(row?.["events"]));
});

test("F27 control: publishes in the order of their arrival, without a limit per application, harm the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    {
      file: "src/store/accept/accept-turns.ts",
      from: "if (a.start !== b.start) return a.start < b.start;",
      to: "if (a.head !== null && b.head !== null) return a.head.arrivedAt < b.head.arrivedAt;",
    },
    {
      file: "src/store/accept/accept-turns.ts",
      from: "arrivedAt: present",
      to: "arrivedAt: (arrivals += 1)",
    },
    {
      file: "src/store/accept/accept-turns.ts",
      from: "line.start < findStart(line)",
      to: "false",
    },
  ]);
  await using server = await startServer({
    program,
    settings: {
      ...SETTINGS,
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_LIMIT_EVENTS_WAITING: "1000000",
    },
  });
  const [, singles] = await attacked(t, [server]);
  assert.ok(singles !== undefined);
  assertHarmed(singles.figures, ["slow", "refused"]);
});
